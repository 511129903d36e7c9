/**
 * Lists the maintenance windows that are open now. Follows the wall clock of each window's time zone minute by minute,
 * so daylight saving neither skips nor repeats a window. A window that began before the process started is open.
 * Starts no timer.
 */
import cron from 'node-cron';
import { createWallClock } from '../../core/wall-clock.ts';
import type { Mute } from '../../slack/ports.ts';
import { type MaintenanceWindow, windowMs } from './config.ts';

export interface Windows {
  /** The windows open at `now` as mutes, in the order of the config. */
  open(now: number): readonly Mute[];
  stop(): void;
}

const MINUTE_MS = 60_000;

/** `endsAt` returns the end of the window that is open at `now`, or null while the window is closed. */
function createWindow({ cron: expression, duration, timezone }: MaintenanceWindow) {
  const wallClock = createWallClock(timezone);
  // node-cron's time zones mishandle skipped and repeated hours, so it gets wall times as if they were UTC.
  const task = cron.createTask(expression, () => {}, { timezone: 'UTC' });
  const lastsMs = windowMs(duration) ?? 0;
  let checkedUntil = Number.NEGATIVE_INFINITY;
  let began = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    endsAt(now: number): number | null {
      // The clock was set back: a start that is now in the future does not count.
      if (now < askedAt - MINUTE_MS) [checkedUntil, began] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
      askedAt = now;
      const wall = wallClock(now);
      const minute = Math.floor(wall / MINUTE_MS) * MINUTE_MS;
      const from = Math.max(checkedUntil + MINUTE_MS, minute - lastsMs);
      for (let at = from; at <= minute; at += MINUTE_MS) if (task.match(new Date(at))) began = at;
      checkedUntil = Math.max(checkedUntil, minute);
      const left = began + lastsMs - wall;
      return left > 0 && began <= minute ? now + left : null;
    },
    stop: () => void task.destroy(),
  };
}

/** Expects a config that the loader has validated. */
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
