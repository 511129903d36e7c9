/**
 * When the digest is due. The time is walked minute by minute on the wall clock of the configured zone, from the last
 * minute that was looked at: a minute that daylight saving skips is walked through like any other, one that it repeats
 * is walked once, and one that passed while the process was down is caught up while it is younger than six hours. A clock
 * that is set back by more than any change of the clocks is believed.
 * Starts no timer: whoever holds it calls `tick`.
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
  /** `key` is the wall time it was due, `2026-11-21T09:00`; the same key is never delivered twice. */
  post(key: string): Promise<void>;
}

export interface DigestSchedule {
  /** To be called at least once a minute. Resolves when what was due is posted, or failed and stays due. */
  tick(): Promise<void>;
  /** Ms since the epoch; null when it never comes. */
  nextAt(): number | null;
  stop(): void;
}

const MINUTE_MS = 60_000;
/** A time missed by more than this is over. */
const CATCH_UP_MS = 6 * 60 * MINUTE_MS;
const CHANGE_OF_CLOCKS_MS = 3 * 60 * MINUTE_MS;
/** Fact: wall minute of the newest digest that was handed over. */
const LAST = 'digest:last';

/** Wall minute to walk on from. The first start ever looks at its own minute and at nothing before it. */
function startOf(facts: Facts, wall: number): number {
  const last = facts.get(LAST);
  // A time further ahead than any change of the clocks is from a clock that was wrong.
  if (typeof last === 'number' && last <= wall + CHANGE_OF_CLOCKS_MS) return Math.max(last, wall - CATCH_UP_MS);
  facts.set(LAST, wall - MINUTE_MS);
  return wall - MINUTE_MS;
}

/** The newest due minute after `from`, up to `until`; those before it are covered by it. */
function newestDue(task: ScheduledTask, from: number, until: number): number | null {
  for (let wall = until; wall > from; wall -= MINUTE_MS) if (task.match(new Date(wall))) return wall;
  return null;
}

/** `config` was checked when it was loaded; an expression or zone that cannot be understood throws. */
export function createDigestSchedule({ config, facts, logger, now, post }: DigestScheduleDeps): DigestSchedule {
  const wallClock = createWallClock(config.timezone);
  const wallMinute = (): number => Math.floor(wallClock(now()) / MINUTE_MS) * MINUTE_MS;
  // node-cron's own matching knows no skipped and no repeated hour; wall times are given to it as if they were UTC.
  const onTheWall = cron.createTask(config.cron, () => {}, { timezone: 'UTC' });
  const inTheZone = cron.createTask(config.cron, () => {}, { timezone: config.timezone });
  let seen = startOf(facts, wallMinute());
  /** Wall minute of the newest attempt: what fails is tried again a minute later. */
  let tried = Number.NEGATIVE_INFINITY;

  return {
    async tick() {
      const until = wallMinute();
      // Walked again from there: what is due was perhaps posted already, and its key says so.
      if (until < seen - CHANGE_OF_CLOCKS_MS) seen = until;
      if (until <= seen || until === tried) return;
      const wall = newestDue(onTheWall, seen, until);
      if (wall === null) {
        seen = until;
        return;
      }
      tried = until;
      try {
        await post(new Date(wall).toISOString().slice(0, 16));
        facts.set(LAST, wall);
        seen = until;
      } catch (error) {
        logger.error({ err: error, due: new Date(wall).toISOString() }, 'the digest could not be made');
        seen = Math.max(seen, until - CATCH_UP_MS);
      }
    },
    nextAt: () => inTheZone.getNextRuns(1)[0]?.getTime() ?? null,
    stop() {
      void onTheWall.destroy();
      void inTheZone.destroy();
    },
  };
}
