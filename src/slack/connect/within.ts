import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for `work` at most that long; rejects only when it does in time. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  const limit = sleep(ms, undefined, { signal: patience.signal }).catch(() => {});
  try {
    await Promise.race([work, limit]);
  } finally {
    patience.abort();
  }
}
