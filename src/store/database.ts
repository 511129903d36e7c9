/**
 * One SQLite file for everything that must survive a restart: opens it, brings its schema up to date, closes it.
 * Write-ahead log, so that readers never wait for the writer and `kill -9` loses at most the open transaction.
 */
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { GapwatchError } from '../core/errors.ts';
import { makeFolder } from './make-folder.ts';
import { MIGRATIONS } from './migrations.ts';

export type Row = Record<string, number | string | null>;

/** The slice of libsql that the store's files use: synchronous, prepared, positional parameters. */
export interface Statement {
  run(...parameters: readonly (number | string | null)[]): { changes: number; lastInsertRowid: number | bigint };
  get(...parameters: readonly (number | string | null)[]): Row | undefined;
  all(...parameters: readonly (number | string | null)[]): Row[];
}

export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  /** Runs `work` in one immediate transaction; rolls back when it throws. */
  transaction<T>(work: () => T): T;
  /** How many were rolled back: what was learned inside one of them is void. */
  rollbacks(): number;
  close(): void;
}

interface LibsqlDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

function connect(path: string): LibsqlDatabase {
  try {
    if (path !== ':memory:') makeFolder(dirname(path));
    const handle = new Libsql(path) as unknown as LibsqlDatabase;
    handle.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    return handle;
  } catch (cause) {
    throw new GapwatchError('STORE', `the database ${path} cannot be opened: ${(cause as Error).message}`, {
      hint: 'Check that its folder exists and is writable, or set store.path; a damaged file can be moved away.',
      cause,
    });
  }
}

function migrate(database: Database, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    throw new GapwatchError('STORE', `the database ${path} was written by a newer gapwatch (schema ${version})`, {
      hint: 'Run that version, or set store.path to a new file.',
    });
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    database.transaction(() => {
      database.exec(MIGRATIONS[next] ?? '');
      database.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}

/** Opens (or makes) the database at `path`; `:memory:` keeps nothing. Throws GapwatchError STORE. */
export function openDatabase(path: string): Database {
  const handle = connect(path);
  let [depth, rollbacks] = [0, 0];
  const database: Database = {
    prepare: (sql) => handle.prepare(sql),
    exec: (sql) => handle.exec(sql),
    transaction(work) {
      if (depth > 0) return work();
      handle.exec('BEGIN IMMEDIATE');
      depth++;
      try {
        const result = work();
        handle.exec('COMMIT');
        return result;
      } catch (error) {
        rollbacks++;
        // A full disk has rolled it back already (sqlite.org/lang_transaction.html, 3.1).
        if (handle.inTransaction) handle.exec('ROLLBACK');
        throw error;
      } finally {
        depth--;
      }
    },
    rollbacks: () => rollbacks,
    close: () => handle.close(),
  };
  migrate(database, path);
  return database;
}
