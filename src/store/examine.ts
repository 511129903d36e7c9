/** Examines a store without its lock, for `doctor`: the process that holds it, its integrity, whether it is writable. */
import { accessSync, constants, existsSync, readdirSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GapwatchError } from '../core/errors.ts';
import { commandLine, quoted } from '../core/shell.ts';
import { holderOf, lockPath } from './lock.ts';
import { openDatabaseToRead } from './open-database.ts';

export interface StoreFinding {
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

/** With less the next rotation of the write-ahead log may fail. */
const LEAST_FREE_BYTES = 8 * 1024 * 1024;

const bad = (detail: string, remedy: string | null): StoreFinding => ({ ok: false, detail, remedy });

function unwritable(path: string): StoreFinding | null {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < LEAST_FREE_BYTES) {
    const detail = `${path} has ${Math.floor((bavail * bsize) / 1024)} KiB left on its file system; when that is full, the service goes on in memory`;
    return bad(detail, `df -h ${quoted(path)}`);
  }
  try {
    accessSync(path, constants.W_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return bad(`${path} cannot be written (${code}): a service goes on in memory`, `ls -la ${quoted(path)}`);
  }
}

function heldBy(path: string): string {
  const holder = existsSync(lockPath(path)) ? holderOf(path) : null;
  if (holder === null) return 'no service runs on it';
  if (holder.pid === 0) return 'a service runs on it';
  return `pid ${holder.pid} on ${holder.host} runs on it since ${new Date(holder.since).toISOString()}`;
}

function setAside(path: string): StoreFinding[] {
  const prefix = `${basename(path)}.damaged-`;
  const names = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(prefix) && !/-(wal|shm|journal)$/.test(name),
  );
  return names.map((name) => {
    const file = join(dirname(path), name);
    return bad(
      `a damaged store was moved to ${file}; remove it when it is no longer needed`,
      commandLine(['rm', '-f', file, `${file}-wal`, `${file}-shm`]),
    );
  });
}

/** The first finding is the store itself; one more for each damaged store beside it. Changes nothing, never throws. */
export function examineStore(path: string): readonly StoreFinding[] {
  if (!existsSync(path))
    return [{ ok: true, detail: `${path} does not exist yet: gapwatch run makes it`, remedy: null }];
  try {
    openDatabaseToRead(path).close();
    const fine = { ok: true, detail: `${path}; ${heldBy(path)}`, remedy: null };
    return [unwritable(path) ?? fine, ...setAside(path)];
  } catch (error) {
    if (error instanceof GapwatchError) return [bad(error.message, error.hint)];
    return [bad(`${path}: ${(error as Error).message}`, null)];
  }
}
