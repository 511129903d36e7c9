/** Formats numbers, times and places for diagnosis, checks and Slack. Audit and digest round in their own words.ts. */
import type { Place } from './settings.ts';

/** A whole percentage; `<1%` for a positive ratio below 1 %. */
export function percent(ratio: number): string {
  return ratio > 0 && ratio < 0.01 ? '<1%' : `${Math.round(ratio * 100)}%`;
}

/** At most one decimal. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}

/** A measured time, to a tenth of a second: `340 ms`, `90.5 s`. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${number(ms / 1000)} s`;
}

/** At most two significant decimals: `0.35/s`, `12.4/s`, `310/s`. */
export function perSecond(rate: number): string {
  return `${rate < 1 ? Math.round(rate * 100) / 100 : rate < 100 ? Math.round(rate * 10) / 10 : Math.round(rate)}/s`;
}

/** A span of time in its largest unit: `340 ms`, `90 s`, `12 min`, `3 h`, `4 d`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

export function bytes(count: number): string {
  if (count < 1 << 20) return `${Math.round(count / 1024)} KiB`;
  return count < 2 ** 30 ? `${Math.round(count / 2 ** 20)} MiB` : `${Math.round((count / 2 ** 30) * 10) / 10} GiB`;
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function span(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return `${total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** ` (nginx.conf:7)`, or nothing for a default. */
export function where(place: Place | null | undefined): string {
  return place === null || place === undefined ? '' : ` (${place.file}:${place.line})`;
}

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
