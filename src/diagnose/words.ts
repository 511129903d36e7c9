/** Numbers and the pieces of a diagnosis, worded the same by every cause. */
import type { EvidenceItem, Fix, Losing } from '../core/diagnosis.ts';
import type { Place } from '../core/settings.ts';

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)}%`;
}

/** At most one decimal. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${number(ms / 1000)} s`;
}

export function where(place: Place | null | undefined): string {
  return place === null || place === undefined ? '' : ` (${place.file}:${place.line})`;
}

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** For limits that are raised: the next power of two, as they are usually written. */
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

export const NOT_LOSING: Losing = { now: false, perSecond: 0, total: 0, how: null };

/** Clients are lost and nobody counts them. */
export function uncounted(how: string): Losing {
  return { now: true, perSecond: 0, total: 0, how };
}
