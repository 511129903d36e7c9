/** One measured figure of `npm run bench`, against its target. */
export interface Row {
  readonly name: string;
  readonly value: number;
  /** `x rg`, `MiB`, `ms`, `lines`, … */
  readonly unit: string;
  /** As it is printed: `≤ 0.5`; null for a figure without a target. */
  readonly target: string | null;
  /** null without a target. */
  readonly met: boolean | null;
}

export function atMost(name: string, value: number, unit: string, limit: number): Row {
  return { name, value, unit, target: `≤ ${limit}`, met: value <= limit };
}

export function atLeast(name: string, value: number, unit: string, limit: number): Row {
  return { name, value, unit, target: `≥ ${limit}`, met: value >= limit };
}
