/** The store as the follower's cursor store. A cursor that cannot be understood counts as none. */
import type { Cursors } from '../store/cursors.ts';
import { Cursor, type CursorStore } from '../tail/cursor.ts';

export function createStoreCursors(cursors: Cursors): CursorStore {
  return {
    load: (key) => Cursor.safeParse(cursors.load(key)).data ?? null,
    save: (key, cursor) => cursors.save(key, cursor),
  };
}
