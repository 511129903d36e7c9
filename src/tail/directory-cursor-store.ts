/** Cursors as small JSON files in a directory, replaced by rename, so that a reader finds the old or the new one whole. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import { Cursor, type CursorStore } from './cursor.ts';

function fileName(key: string): string {
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return `${basename(key).replaceAll(/[^\w.-]/g, '_')}-${digest}.json`;
}

function parse(text: string): Cursor | null {
  try {
    return Cursor.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Makes the directory when it is missing; throws the system's error when it cannot be made or written, and a
 * GapwatchError (`STORE`) when a position is there but cannot be read: to begin elsewhere silently would lose lines.
 */
export function createDirectoryCursorStore(directory: string): CursorStore {
  mkdirSync(directory, { recursive: true });
  return {
    load(key) {
      try {
        return parse(readFileSync(join(directory, fileName(key)), 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        const hint = 'Let this user read it, or remove it to begin at the end of the log.';
        throw new GapwatchError('STORE', `cannot read the position saved for ${key}`, { hint, cause: error });
      }
    },
    save(key, cursor) {
      const file = join(directory, fileName(key));
      writeFileSync(`${file}.tmp`, JSON.stringify(cursor), { mode: 0o600 });
      renameSync(`${file}.tmp`, file);
    },
  };
}
