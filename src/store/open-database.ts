/** Opens a database without the service's lock: in memory, or a file of a running service for reading. */
import { GapwatchError } from '../core/errors.ts';
import { createDatabase, type Database } from './database.ts';
import { DamagedFile, openFile, openMemory } from './open-file.ts';
import { judgePlace, makeDatabaseFile, preparePlace } from './place.ts';

function hintFor(error: unknown): string {
  if (error instanceof DamagedFile)
    return 'gapwatch run moves a damaged store aside when it starts, and begins a new one.';
  return 'Check that its folder exists and is writable, or set store.path.';
}

function explaining<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    const what = cause instanceof DamagedFile ? 'is damaged' : 'cannot be opened';
    throw new GapwatchError('STORE', `the database ${path} ${what}: ${(cause as Error).message}`, {
      hint: hintFor(cause),
      cause,
    });
  }
}

/** Opens (or makes) the database at `path`; `:memory:` keeps nothing. Throws GapwatchError CONFIG or STORE. */
export function openDatabase(path: string): Database {
  if (path === ':memory:') return createDatabase(openMemory());
  return explaining(path, () => {
    const real = preparePlace(path);
    makeDatabaseFile(real);
    return createDatabase(openFile(real));
  });
}

/** Opens a database that exists; makes and mends nothing. Throws as `openDatabase`. */
export function openDatabaseToRead(path: string): Database {
  return explaining(path, () => createDatabase(openFile(judgePlace(path))));
}
