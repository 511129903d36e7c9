/**
 * Keeps log positions in the store. An unreadable position is reported, and the recent files of the log are read again:
 * starting at the end would lose lines silently.
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

/** Files last written before this age are not read again, because their lines are too old to matter. */
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
          'saved log position unreadable, reading the log from its start, lines may count twice',
        );
        const sinceMs = clock.now() - READ_AGAIN_MS;
        return { version: 1, path: key, sinceMs, open: [], closed: [], directories: [], targets: [] };
      }
    },
    save: (key, cursor) => cursors.save(key, cursor),
  };
}
