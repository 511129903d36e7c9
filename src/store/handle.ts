/** Opens one libsql connection and classifies its errors. */
import { createRequire } from 'node:module';
import type Libsql from 'libsql';
import { GapwatchError } from '../core/errors.ts';

export type Row = Record<string, number | string | null>;

/** The slice of libsql that the store's files use: synchronous, prepared, positional parameters. */
export interface Statement {
  run(...parameters: readonly (number | string | null)[]): { changes: number; lastInsertRowid: number | bigint };
  get(...parameters: readonly (number | string | null)[]): Row | undefined;
  all(...parameters: readonly (number | string | null)[]): Row[];
}

/** Its statements keep the connection alive after `close`, until they are collected. */
export interface Handle {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

interface Connection extends Handle {
  readonly open: boolean;
}

/**
 * Loaded when a database is first opened: commands that need none work without it. Its native part is an optional package
 * of each platform, which `npm install --omit=optional` leaves out.
 */
function loadLibsql(): typeof Libsql {
  try {
    return createRequire(import.meta.url)('libsql') as typeof Libsql;
  } catch (cause) {
    throw new GapwatchError(
      'STORE',
      `SQLite for ${process.platform} on ${process.arch} is not installed (npm package libsql)`,
      {
        hint: 'Install gapwatch again without --omit=optional: its store is such an optional package.',
        cause,
      },
    );
  }
}

/** Opens the file itself: no folder is made, no pragma is set. A relative name is one of the working directory. */
export function openHandle(path: string): Handle {
  const connection = new (loadLibsql())(path) as unknown as Connection;
  return {
    // libsql 0.5 ends the process when a closed connection is asked.
    get inTransaction() {
      return connection.open && connection.inTransaction;
    },
    prepare: (sql) => connection.prepare(sql),
    exec: (sql) => void connection.exec(sql),
    close: () => connection.close(),
  };
}

const CODES = {
  full: /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
  'read-only': /^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EROFS)/,
  failing: /^(SQLITE_IOERR|EIO)/,
  damaged: /^(SQLITE_CORRUPT|SQLITE_NOTADB)/,
  busy: /^(SQLITE_BUSY|SQLITE_LOCKED)/,
} as const;
export type StoreFailure = keyof typeof CODES;

/** libsql reports what `open` fails with as a number in its text (sqlite.org/rescode.html): 14 is SQLITE_CANTOPEN. */
const CANNOT_OPEN = /Unable to open connection to local database .*: 14\b/s;

/** Null: none of these, for example a mistake in SQL. */
export function failureOf(error: unknown): StoreFailure | null {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (CANNOT_OPEN.test(message)) return 'read-only';
  const found = Object.entries(CODES).find(([, pattern]) => pattern.test(code));
  return (found?.[0] as StoreFailure | undefined) ?? null;
}
