/** Runs writes that may fail. A full disk loses the data of the write, but does not stop the watch. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../store/database.ts';

/** Runs `work` in one transaction. Returns false when it could not be stored. */
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
        logger.error({ err }, 'store not writable, messages wait until it is');
      }
      return false;
    }
  };
}
