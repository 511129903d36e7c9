/**
 * Posts the digest at its time: by the clock of the configured zone, once a day even when the process was down at the
 * minute or starts again within it. A missed time is caught up while it is younger than the next.
 */
import cron from 'node-cron';
import type { Logger } from '../core/logger.ts';
import type { DigestConfig } from '../digest/config.ts';
import type { Facts } from '../store/facts.ts';

export interface DigestScheduleDeps {
  readonly config: DigestConfig;
  readonly facts: Facts;
  readonly logger: Logger;
  now(): number;
  /** `key` names the day (and minute) it is for. */
  post(key: string): Promise<void>;
}

export interface DigestSchedule {
  nextAt(): number | null;
  stop(): Promise<void>;
}

const LAST = 'digest:last';
/** A time missed by more than this is over. */
const CATCH_UP_MS = 6 * 60 * 60_000;

/** Starts the schedule. An expression or zone that cannot be understood throws; the config refused it before. */
export function startDigestSchedule(deps: DigestScheduleDeps): DigestSchedule {
  const { config, facts, logger } = deps;
  const run = async (dueAt: number): Promise<void> => {
    const key = new Date(dueAt).toISOString().slice(0, 16);
    if (Number(facts.get(LAST) ?? 0) >= dueAt) return;
    facts.set(LAST, dueAt);
    try {
      await deps.post(key);
    } catch (error) {
      logger.error({ err: error, key }, 'the digest could not be made');
    }
  };
  const minute = (at: number): number => Math.floor(at / 60_000) * 60_000;
  const task = cron.schedule(config.cron, ({ date }) => run(minute(date.getTime())), { timezone: config.timezone });

  const last = Number(facts.get(LAST) ?? 0);
  // node-cron looks forward only: the missed time is found by asking what follows the last one.
  if (last > 0) {
    const missed = task.getNextRuns(1)[0]?.getTime() ?? Number.POSITIVE_INFINITY;
    const period = (task.getNextRuns(2)[1]?.getTime() ?? missed) - missed;
    const due = missed - period;
    if (due > last && deps.now() - due < CATCH_UP_MS && due <= deps.now()) void run(due);
  } else facts.set(LAST, minute(deps.now()) - 1);

  return {
    nextAt: () => task.getNextRun()?.getTime() ?? null,
    stop: async () => void (await task.destroy()),
  };
}
