/**
 * Which maintenance windows are open now. Beginnings are sought on the wall clock of the window's own zone, minute by
 * minute, so a beginning that daylight saving skips still counts and one that it repeats counts once; a window that
 * began before the process started is open all the same. Starts no timer.
 */
import cron from 'node-cron';
import { createWallClock } from '../../core/wall-clock.ts';
import type { Mute } from '../../slack/ports.ts';
import { type MaintenanceWindow, windowMs } from './config.ts';

export interface Windows {
  /** Those open at `now` as mutes, in the order of the config. */
  open(now: number): readonly Mute[];
  stop(): void;
}

const MINUTE_MS = 60_000;

/** Answers when the window that is open at `now` ends; null while it is closed. */
function createWindow({ cron: expression, duration, timezone }: MaintenanceWindow) {
  const wallClock = createWallClock(timezone);
  // Wall times are given to node-cron as if they were UTC: its own zones know no skipped and no repeated hour.
  const task = cron.createTask(expression, () => {}, { timezone: 'UTC' });
  const lastsMs = windowMs(duration) ?? 0;
  let seen = Number.NEGATIVE_INFINITY;
  let began = Number.NEGATIVE_INFINITY;
  let asked = Number.NEGATIVE_INFINITY;
  return {
    endsAt(now: number): number | null {
      // The clock was set back: what began in what is the future now has not begun.
      if (now < asked - MINUTE_MS) [seen, began] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      asked = now;
      const wall = wallClock(now);
      const minute = Math.floor(wall / MINUTE_MS) * MINUTE_MS;
      const from = Math.max(seen + MINUTE_MS, minute - lastsMs);
      for (let at = from; at <= minute; at += MINUTE_MS) if (task.match(new Date(at))) began = at;
      seen = Math.max(seen, minute);
      const left = began + lastsMs - wall;
      return left > 0 && began <= minute ? now + left : null;
    },
    stop: () => void task.destroy(),
  };
}

/** `config` was checked when it was loaded. */
export function createWindows(config: readonly MaintenanceWindow[]): Windows {
  const windows = config.map((settings) => ({ settings, window: createWindow(settings) }));
  return {
    open: (now) =>
      windows.flatMap(({ settings, window }) => {
        const until = window.endsAt(now);
        if (until === null) return [];
        const { host = null, cause = null, reason = null } = settings;
        return [{ host, cause, reason, until, by: `the maintenance window ${settings.cron}` }];
      }),
    stop: () => {
      for (const { window } of windows) window.stop();
    },
  };
}
