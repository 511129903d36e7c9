/** How fast something grows, answered only when it grows steadily: a step or a burst is not a trend. */

export interface Point {
  /** ms since the epoch. */
  readonly at: number;
  readonly value: number;
}

const MIN_POINTS = 3;

/**
 * Growth per second that both halves of the points show, 0 when either half is level or falls. Taking the slower
 * half keeps one jump (a burst between two samples) from looking like a ramp.
 */
export function steadyGrowth(points: readonly Point[]): number {
  if (points.length < MIN_POINTS) return 0;
  const middle = points.length >> 1;
  return Math.max(0, Math.min(growth(points[0], points[middle]), growth(points[middle], points.at(-1))));
}

function growth(from: Point | undefined, to: Point | undefined): number {
  if (from === undefined || to === undefined || to.at <= from.at) return 0;
  return ((to.value - from.value) * 1000) / (to.at - from.at);
}

/** Seconds until `limit` at that growth; null when it does not grow. */
export function secondsUntil(limit: number, value: number, perSecond: number): number | null {
  return perSecond <= 0 ? null : Math.max(0, (limit - value) / perSecond);
}

/** A level below half of its limit is no news, however fast it rises. */
const NEWS_RATIO = 0.5;

/** Whether that limit is reached within `withinMs`. */
export function isImminent(
  load: { readonly usedRatio: number; readonly secondsToFull: number | null } | null,
  withinMs: number,
): boolean {
  const left = load?.secondsToFull ?? null;
  return load !== null && left !== null && load.usedRatio >= NEWS_RATIO && left * 1000 < withinMs;
}

export interface Growth {
  /** Growth since the last reset, never negative. */
  readonly total: number;
  readonly perSecond: number;
  readonly overMs: number;
}

/** Growth of a cumulative counter; a fall is a restart and begins a new baseline. null without two readings. */
export function counterGrowth(points: readonly Point[]): Growth | null {
  let start = 0;
  for (let i = 1; i < points.length; i++) {
    if ((points[i]?.value ?? 0) < (points[i - 1]?.value ?? 0)) start = i;
  }
  const first = points[start];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length - start < 2) return null;
  const overMs = last.at - first.at;
  const total = last.value - first.value;
  return { total, perSecond: overMs > 0 ? (total * 1000) / overMs : 0, overMs };
}
