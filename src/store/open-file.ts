/**
 * Opens a SQLite file, migrates its schema, and reports damage. It uses the write-ahead log: readers never wait for the
 * writer, and `kill -9` loses at most the open transaction.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { GapwatchError } from '../core/errors.ts';
import { failureOf, type Handle, openHandle, type Row } from './handle.ts';
import { MIGRATIONS } from './migrations.ts';

/** The file is no database, or not one that can be read whole. */
export class DamagedFile extends Error {}

/** Whole files up to this size are checked at the start: about 0.2 s. Of larger ones the tables that matter most. */
const CHECK_WHOLE_BYTES = 64 * 1024 * 1024;
/** In pages of 4 KiB. */
const MEMORY_PAGES = 8_192;
const SMALL_TABLES = ['cursor', 'incident', 'incident_change', 'fact', 'outbox'] as const;

const number = (row: Row | undefined, key: string): number => Number(row?.[key] ?? 0);

const versionOf = (handle: Handle): number => number(handle.prepare('PRAGMA user_version').get(), 'user_version');

function refuseNewer(version: number, path: string): void {
  if (version <= MIGRATIONS.length) return;
  throw new GapwatchError('STORE', `the database ${path} was written by a newer gapwatch (schema ${version})`, {
    hint: 'Run that version, or set store.path to a new file.',
  });
}

/** Every table that the first `version` steps made. */
function expectedTables(version: number): string[] {
  const steps = MIGRATIONS.slice(0, version).join('\n');
  return [...steps.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = '']) => name);
}

/** Throws DamagedFile. Bounded: a store of any size costs a fraction of a second. */
function check(handle: Handle, version: number): void {
  const names = new Set(
    handle
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => name),
  );
  const missing = expectedTables(version).filter((name) => !names.has(name));
  if (missing.length > 0) throw new DamagedFile(`the table ${missing[0]} is missing`);
  const bytes =
    number(handle.prepare('PRAGMA page_count').get(), 'page_count') *
    number(handle.prepare('PRAGMA page_size').get(), 'page_size');
  const parts = bytes <= CHECK_WHOLE_BYTES ? [''] : SMALL_TABLES.filter((name) => names.has(name));
  for (const part of parts) {
    const pragma = part === '' ? 'PRAGMA quick_check(1)' : `PRAGMA quick_check(${part})`;
    const found = String(handle.prepare(pragma).get()?.quick_check);
    if (found !== 'ok') throw new DamagedFile(found.replaceAll(/\s+/g, ' '));
  }
}

function migrate(handle: Handle, from: number): void {
  for (let next = from; next < MIGRATIONS.length; next++) {
    handle.exec('BEGIN IMMEDIATE');
    try {
      // Another process may have done this step while we waited.
      if (versionOf(handle) === next) handle.exec(`${MIGRATIONS[next] ?? ''}; PRAGMA user_version = ${next + 1}`);
      handle.exec('COMMIT');
    } catch (error) {
      if (handle.inTransaction) handle.exec('ROLLBACK');
      throw error;
    }
  }
}

function prepare(handle: Handle, path: string): void {
  handle.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  const version = versionOf(handle);
  refuseNewer(version, path);
  check(handle, version);
  migrate(handle, version);
}

/** Throws DamagedFile, GapwatchError STORE for a newer schema, and otherwise SQLite's error. */
export function openFile(path: string): Handle {
  const handle = openHandle(path);
  try {
    prepare(handle, path);
    return handle;
  } catch (error) {
    handle.close();
    if (failureOf(error) === 'damaged') throw new DamagedFile((error as Error).message, { cause: error });
    throw error;
  }
}

/** A database that forgets, and that is full at 32 MiB. */
export function openMemory(): Handle {
  const handle = openHandle(':memory:');
  handle.exec(`PRAGMA max_page_count = ${MEMORY_PAGES}`);
  migrate(handle, 0);
  return handle;
}

/**
 * Reads a file that cannot be written; null when that is not possible either. With exclusive locking SQLite keeps the
 * index of the log in memory instead of a file (sqlite.org/wal.html, 8); `immutable` reads without the log.
 */
export function openToRead(path: string): Handle | null {
  if (!existsSync(path)) return null;
  for (const name of [path, `${pathToFileURL(path).href}?immutable=1`]) {
    try {
      const handle = openHandle(name);
      if (name === path) handle.exec('PRAGMA locking_mode = EXCLUSIVE');
      handle.prepare('SELECT count(*) FROM cursor').all();
      return handle;
    } catch {
      // The next way, or none.
    }
  }
  return null;
}
