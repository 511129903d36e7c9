/**
 * The store as the follower's cursor store. A position that is there and cannot be understood would make the log begin
 * at its end, which loses lines without a word: it is told, and what was written lately is read again instead.
 */
import type { WallTime } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Cursors } from '../store/cursors.ts';
import { Cursor, type CursorStore } from '../tail/cursor.ts';

export interface StoreCursorsDeps {
  readonly cursors: Cursors;
  readonly clock: WallTime;
  readonly logger: Logger;
}

/** Files of the log last written before are not read again: their lines are older than anything that is judged. */
const READ_AGAIN_MS = 60 * 60_000;

export function createStoreCursors({ cursors, clock, logger }: StoreCursorsDeps): CursorStore {
  return {
    load(key) {
      try {
        const saved = cursors.load(key);
        return saved === null ? null : Cursor.parse(saved);
      } catch (error) {
        logger.warn(
          { log: key, err: error },
          'saved log position cannot be read: the log is read again from its start, lines may count twice',
        );
        const sinceMs = clock.now() - READ_AGAIN_MS;
        return { version: 1, path: key, sinceMs, open: [], closed: [], directories: [], targets: [] };
      }
    },
    save: (key, cursor) => cursors.save(key, cursor),
  };
}
