/**
 * Converts between moments and the local time of a time zone. A local time is held in ms as if it were UTC, so that
 * arithmetic and `toISOString` work on it; it jumps when daylight saving starts and ends.
 */

/** Local time of a moment, in ms as if it were UTC. */
export type WallClock = (at: number) => number;

/** The problem with the name of a zone and its correction; null for an IANA zone. */
export function zoneProblem(timezone: string): string | null {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: timezone });
    return null;
  } catch {
    return `${JSON.stringify(timezone)} is not an IANA time zone; write UTC, Europe/Berlin, America/New_York, …`;
  }
}

/** Throws RangeError for a zone that `zoneProblem` refuses. */
export function createWallClock(timezone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    return (
      Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) +
      (((at % 1000) + 1000) % 1000)
    );
  };
}

const QUARTER_MS = 900_000;

/** For many conversions: it looks up the offset, which is slow, only once for each quarter of an hour. */
export function steadyWallClock(wallClock: WallClock): WallClock {
  const offsets = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = wallClock(at) - at;
      offsets.set(quarter, offset);
    }
    return at + offset;
  };
}

/** `09:30`. */
export const hourMinute = (wall: number): string => new Date(wall).toISOString().slice(11, 16);
/** `2026-11-21`. */
export const isoDay = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
/** `2026-11-21 09:30`. */
export const dayAndMinute = (wall: number): string => `${isoDay(wall)} ${hourMinute(wall)}`;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `21 Nov`. */
export const dayAndMonth = (wall: number): string =>
  `${new Date(wall).getUTCDate()} ${MONTHS[new Date(wall).getUTCMonth()] ?? ''}`;
