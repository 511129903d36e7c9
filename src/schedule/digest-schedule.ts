/**
 * Decides when the digest is due and posts each due digest once. Follows the wall clock of the configured time zone
 * minute by minute, so daylight saving neither skips nor repeats a digest. Posts a missed digest after a restart and
 * skips one that is more than six hours late. Starts no timer: the caller calls `tick`.
 */
import cron, { type ScheduledTask } from 'node-cron';
import type { Logger } from '../core/logger.ts';
import { createWallClock } from '../core/wall-clock.ts';
import type { DigestConfig } from '../digest/config.ts';
import type { Facts } from '../store/facts.ts';

export interface DigestScheduleDeps {
  readonly config: DigestConfig;
  readonly facts: Facts;
  readonly logger: Logger;
  now(): number;
  /** `key` is the due wall time, such as `2026-11-21T09:00`. A key is delivered at most once. */
  post(key: string): Promise<void>;
}

export interface DigestSchedule {
  /** Must be called at least once a minute. Resolves after the post; a failed digest stays due. */
  tick(): Promise<void>;
  /** Ms since the epoch; null when the expression never matches. */
  nextAt(): number | null;
  stop(): void;
}

const MINUTE_MS = 60_000;
/** A digest later than this is skipped. */
const CATCH_UP_MS = 6 * 60 * MINUTE_MS;
const CHANGE_OF_CLOCKS_MS = 3 * 60 * MINUTE_MS;
/** Store key of the wall minute of the newest posted digest. */
const LAST = 'digest:last';

/** The wall minute to continue from. The first start considers only the current minute. */
function startOf(facts: Facts, wall: number): number {
  const last = facts.get(LAST);
  // Daylight saving moves the clock less than this: a later stored time comes from a wrong clock.
  if (typeof last === 'number' && last <= wall + CHANGE_OF_CLOCKS_MS) return Math.max(last, wall - CATCH_UP_MS);
  facts.set(LAST, wall - MINUTE_MS);
  return wall - MINUTE_MS;
}

/** The newest due minute after `from`, up to `until`. One digest covers all earlier due minutes. */
function newestDue(task: ScheduledTask, from: number, until: number): number | null {
  for (let wall = until; wall > from; wall -= MINUTE_MS) if (task.match(new Date(wall))) return wall;
  return null;
}

/** Throws on an invalid expression or time zone; the config loader has already rejected those. */
export function createDigestSchedule({ config, facts, logger, now, post }: DigestScheduleDeps): DigestSchedule {
  const wallClock = createWallClock(config.timezone);
  const wallMinute = (): number => Math.floor(wallClock(now()) / MINUTE_MS) * MINUTE_MS;
  // node-cron's time zones mishandle skipped and repeated hours, so it gets wall times as if they were UTC.
  const onTheWall = cron.createTask(config.cron, () => {}, { timezone: 'UTC' });
  const inTheZone = cron.createTask(config.cron, () => {}, { timezone: config.timezone });
  let checkedUntil = startOf(facts, wallMinute());
  /** Wall minute of the newest attempt: a failure is retried a minute later. */
  let attempted = Number.NEGATIVE_INFINITY;

  return {
    async tick() {
      const until = wallMinute();
      // The clock was set back. A digest that was posted already is skipped by its key.
      if (until < checkedUntil - CHANGE_OF_CLOCKS_MS) checkedUntil = until;
      if (until <= checkedUntil || until === attempted) return;
      const wall = newestDue(onTheWall, checkedUntil, until);
      if (wall === null) {
        checkedUntil = until;
        return;
      }
      attempted = until;
      try {
        await post(new Date(wall).toISOString().slice(0, 16));
        facts.set(LAST, wall);
        checkedUntil = until;
      } catch (error) {
        logger.error({ err: error, due: new Date(wall).toISOString() }, 'digest failed');
        checkedUntil = Math.max(checkedUntil, until - CATCH_UP_MS);
      }
    },
    nextAt: () => inTheZone.getNextRuns(1)[0]?.getTime() ?? null,
    stop() {
      void onTheWall.destroy();
      void inTheZone.destroy();
    },
  };
}
