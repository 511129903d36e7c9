/** Formats numbers, lists and places in the same way for all rules. */
import type { Place } from '../core/settings.ts';

/** One decimal below ten, whole numbers above. */
export const number = (value: number): string =>
  value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));

export const plural = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

export const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${number(ms / 1000)} s`);

export function bytes(count: number): string {
  if (count >= 1024 ** 3) return `${number(count / 1024 ** 3)} GiB`;
  return count >= 1024 ** 2 ? `${number(count / 1024 ** 2)} MiB` : `${number(count / 1024)} KiB`;
}

/** The first items of a list and the number of the others. */
export function some(items: readonly string[], most = 3): string {
  const more = items.length - most;
  return `${items.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `FILE:LINE`; empty for a default of nginx, which is in no file. */
export const placeText = (place: Place | null): string => (place === null ? '' : `${place.file}:${place.line}`);
