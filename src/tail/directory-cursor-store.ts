/** Stores cursors as small JSON files in a directory. A save replaces the file by rename, so a reader never gets half a file. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import { makePrivateFolder } from '../files/private-file.ts';
import { requireTrustedFolder } from '../files/trusted-file.ts';
import { Cursor, type CursorStore } from './cursor.ts';

function fileName(key: string): string {
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return `${basename(key).replaceAll(/[^\w.-]/g, '_')}-${digest}.json`;
}

/** Detects a file that another process replaced: each save makes a new file. */
function versionOf(file: string): string | null {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino}:${stat.mtimeNs}`;
}

function parse(text: string, file: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} is damaged`, { cause });
  }
}

/**
 * Makes the directory when it is missing; throws the system's error when it cannot be made or written, and a
 * GapwatchError: `CONFIG` when others could change what is in it, `STORE` when a position is there but cannot be read: to
 * begin elsewhere silently would lose lines. So would two processes that keep one position: the one that notices throws
 * at `save`, and saves no more.
 */
export function createDirectoryCursorStore(directory: string): CursorStore {
  makePrivateFolder(directory);
  requireTrustedFolder(directory, 'the folder for positions');
  const versions = new Map<string, string | null>();
  return {
    load(key) {
      const file = join(directory, fileName(key));
      versions.set(file, versionOf(file));
      try {
        return parse(readFileSync(file, 'utf8'), file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        const message = `cannot read the position saved for ${key}: ${(error as Error).message}`;
        const hint =
          'Mend its permissions; or remove it to begin anew: at the end of the log, with --from-start at its start.';
        throw new GapwatchError('STORE', message, { hint, cause: error });
      }
    },
    save(key, cursor) {
      const file = join(directory, fileName(key));
      const found = versionOf(file);
      if (found !== null && versions.has(file) && versions.get(file) !== found) {
        throw new GapwatchError('STORE', `another process keeps its position in ${directory} too: give each its own`);
      }
      writeFileSync(`${file}.tmp`, JSON.stringify(cursor), { mode: 0o600 });
      renameSync(`${file}.tmp`, file);
      versions.set(file, versionOf(file));
    },
  };
}
