/** Creates Slack message timestamps (`1700000000.000100`) from the given clock: unique and always increasing. */
import type { WallTime } from '../../../core/clock.ts';

export interface TsSource {
  next(): string;
}

export function createTsSource(clock: WallTime): TsSource {
  let lastMicros = 0;
  return {
    next() {
      lastMicros = Math.max(clock.now() * 1000, lastMicros + 1);
      const seconds = Math.floor(lastMicros / 1_000_000);
      return `${seconds}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
  };
}

/** `1700000000.000100` to ms since the epoch. */
export function tsToMs(ts: string): number {
  return Math.round(Number(ts) * 1000);
}
