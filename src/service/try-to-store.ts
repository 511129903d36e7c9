/** Writes that may fail: a store on a full disk costs what it would keep, never the look at nginx. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../store/database.ts';

/** All of `work` or nothing, in one transaction; false when it could not be stored. */
export type TryToStore = (work: () => void) => boolean;

const SAY_EVERY_MS = 60_000;

export function createTryToStore(database: Database, clock: Clock, logger: Logger): TryToStore {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (work) => {
    try {
      database.transaction(work);
      return true;
    } catch (err) {
      if (clock.monotonicMs() - saidAt >= SAY_EVERY_MS) {
        saidAt = clock.monotonicMs();
        logger.error({ err }, 'the store cannot be written; what there is to tell waits until it can');
      }
      return false;
    }
  };
}
