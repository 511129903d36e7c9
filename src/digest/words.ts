/** Formats numbers, times and differences. */
import { createWallClock, dayAndMinute, hourMinute } from '../core/wall-clock.ts';

export const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio > 0 && ratio < 0.095 ? 1 : 0)}%`;
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${Math.round(count) === 1 ? one : many}`;

/** `12 min`, `3 h 20 min`, `2 days`. */
export function lasting(minutes: number): string {
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${Math.round(minutes)} min`;
  if (minutes < 48 * 60) {
    const rest = Math.round(minutes % 60);
    return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
  }
  return plural(minutes / 1440, 'day');
}

/** `up from 41%`, `as before`; the difference must be worth a word. */
export function against(now: number, before: number | null, show: (value: number) => string, since: string): string {
  if (before === null) return '';
  const change = now - before;
  if (Math.abs(change) <= Math.max(Math.abs(before) * 0.05, 1e-9)) return `, as ${since}`;
  return `, ${change > 0 ? 'up' : 'down'} from ${show(before)} ${since}`;
}

const DAY_MS = 86_400_000;

export interface Words {
  /** `09:30`, or with more than a day in view `2026-11-21 09:30`. */
  time(iso: string): string;
  /** `2026-11-21 09:30`. */
  dateTime(iso: string): string;
  /** `the day before`, `the week before`, `before`. */
  readonly before: string;
  readonly manyDays: boolean;
}

/** The period that the text is about. */
export interface Spoken {
  readonly timezone: string;
  /** ISO. */
  readonly from: string;
  readonly to: string;
}

export function wordsFor({ timezone, from, to }: Spoken): Words {
  const wall = createWallClock(timezone);
  const spanMs = Date.parse(to) - Date.parse(from);
  const manyDays = spanMs > DAY_MS;
  const dateTime = (iso: string): string => dayAndMinute(wall(Date.parse(iso)));
  return {
    time: (iso) => (manyDays ? dateTime(iso) : hourMinute(wall(Date.parse(iso)))),
    dateTime,
    before: spanMs === DAY_MS ? 'the day before' : spanMs === 7 * DAY_MS ? 'the week before' : 'before',
    manyDays,
  };
}
