import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for `work`, but at most that long. Rejects only when `work` rejects in that time. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  const limit = sleep(ms, undefined, { signal: patience.signal }).catch(() => {});
  try {
    await Promise.race([work, limit]);
  } finally {
    patience.abort();
  }
}
