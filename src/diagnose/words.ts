/** Builders for the parts of a diagnosis, so that all causes word them alike. */
import type { EvidenceItem, Fix } from '../core/diagnosis.ts';
import type { Place } from '../core/settings.ts';

/** Raised limits are written as powers of two. */
export function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}

export interface ItemParts {
  readonly value: number | string;
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly unit?: string;
  readonly threshold?: number;
}

export function item(signal: string, parts: ItemParts): EvidenceItem {
  const { value, text, at, unit = null, threshold = null } = parts;
  const rounded = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  return { signal, value: rounded, unit, threshold, text, at: new Date(at).toISOString() };
}

export interface FixParts {
  readonly title: string;
  readonly effect: string;
  readonly risk: string;
  readonly snippet: string;
  readonly directive?: string | null;
  readonly from?: string | number | null;
  readonly to?: string | number;
  readonly place?: Place | null;
}

export function fix(parts: FixParts): Fix {
  return {
    title: parts.title,
    directive: parts.directive ?? null,
    from: parts.from === undefined || parts.from === null ? null : String(parts.from),
    to: parts.to === undefined ? null : String(parts.to),
    file: parts.place?.file ?? null,
    line: parts.place?.line ?? null,
    snippet: parts.snippet,
    effect: parts.effect,
    risk: parts.risk,
  };
}
