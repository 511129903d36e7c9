/**
 * Limits a store to one service. The lock is SQLite's write lock on a file beside the store: it ends with its process and
 * works across containers that share the volume. Readers need no lock.
 */
import { lstatSync, rmSync, truncateSync } from 'node:fs';
import { hostname } from 'node:os';
import { GapwatchError } from '../core/errors.ts';
import { quoted } from '../core/shell.ts';
import { createPrivateFile } from '../files/private-file.ts';
import { failureOf, type Handle, openHandle } from './handle.ts';

export interface StoreLock {
  /** Whether the lock file was removed or replaced: another process can take the new one. */
  isLost(): boolean;
  release(): void;
}

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ms since the epoch */
  readonly since: number;
}

/** A former service that is stopping lets go within this time. */
export const PATIENCE_MS = 2_000;
/** Lock files that are replaced while the lock is taken. */
const MOST_REPLACED = 5;

export const lockPath = (storePath: string): string => `${storePath}.lock`;

function readHolder(handle: Handle): Holder | null {
  try {
    // All rows are read: an unfinished statement keeps another lock.
    const [row] = handle.prepare('SELECT pid, host, since FROM holder').all();
    return row === undefined ? null : { pid: Number(row.pid), host: String(row.host), since: Number(row.since) };
  } catch {
    // The holder has not written who it is: the disk was full.
    return null;
  }
}

function describe(holder: Holder | null): string {
  if (holder === null) return 'another gapwatch';
  const where = holder.host === hostname() ? '' : ` on ${holder.host.replaceAll(/[^\w.-]/g, '?').slice(0, 64)}`;
  const since = new Date(holder.since).toISOString().slice(0, 19).replace('T', ' ');
  return `another gapwatch: pid ${holder.pid}${where}, since ${since} UTC`;
}

function inUse(path: string, holder: Holder | null): GapwatchError {
  const stop = holder === null ? 'Stop that one' : `Stop that one (kill ${holder.pid})`;
  return new GapwatchError('CONFIG', `the store ${path} is in use by ${describe(holder)}`, {
    hint: `${stop}, or give this one another file with store.path. Who holds it: fuser -v ${quoted(holder === null ? path : lockPath(path))}`,
  });
}

function open(path: string, patienceMs: number): Handle {
  const handle = openHandle(path);
  handle.exec(`PRAGMA busy_timeout = ${patienceMs}`);
  return handle;
}

/** Says who we are, then takes the lock that stays. Only the lock counts: a full disk does not prevent it. */
function hold(handle: Handle, now: number): void {
  handle.exec('PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
  try {
    handle.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since INTEGER); DELETE FROM holder');
    handle.prepare('INSERT INTO holder (pid, host, since) VALUES (?, ?, ?)').run(process.pid, hostname(), now);
    handle.exec('COMMIT');
  } catch (error) {
    if (handle.inTransaction) handle.exec('ROLLBACK');
    if (failureOf(error) !== 'full') throw error;
  }
  handle.exec('BEGIN IMMEDIATE');
}

/**
 * Whether a process has the database open, as every service has. An exclusive lock on a write-ahead log needs the file
 * to be closed everywhere (sqlite.org/wal.html, 8). A reader that stays open is taken for a service.
 */
function isOpenElsewhere(path: string, patienceMs: number): boolean {
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return false;
  let handle: Handle | null = null;
  try {
    handle = open(path, patienceMs);
    handle.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    return failureOf(error) === 'busy';
  } finally {
    handle?.close();
  }
}

const inodeOf = (file: string): bigint | null => lstatSync(file, { throwIfNoEntry: false, bigint: true })?.ino ?? null;

function release(handle: Handle): void {
  // Closing alone would not do while a statement is not collected.
  if (handle.inTransaction) handle.exec('ROLLBACK');
  handle.close();
}

/** The handle that holds the lock of the file as it is now. */
function lockFile(path: string, now: number, patienceMs: number): Handle {
  const file = lockPath(path);
  let handle = open(file, patienceMs);
  for (let repaired = false; ; repaired = true) {
    try {
      hold(handle, now);
      return handle;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'busy') throw inUse(path, readHolder(handle));
      if (failure !== 'damaged' || repaired) throw error;
      // In place: another file of this name would be another lock.
      handle.close();
      truncateSync(file);
      handle = open(file, patienceMs);
    }
  }
}

export interface LockOptions {
  readonly patienceMs?: number;
  /** This process has the database open: that is no sign of another service. */
  readonly hasDatabase?: boolean;
}

/**
 * Holds the lock of the store at `path` until it is released. Throws GapwatchError CONFIG naming who holds it, and
 * otherwise SQLite's error.
 */
export function takeLock(path: string, now: number, options: LockOptions = {}): StoreLock {
  const { patienceMs = PATIENCE_MS, hasDatabase = false } = options;
  const file = lockPath(path);
  for (let replaced = 0; ; replaced++) {
    const isNew = inodeOf(file) === null;
    if (isNew) createPrivateFile(file);
    const inode = inodeOf(file);
    const handle = lockFile(path, now, patienceMs);
    const isLost = (): boolean => inodeOf(file) !== inode;
    if (isLost() && replaced < MOST_REPLACED) {
      release(handle);
      continue;
    }
    // The lock of a running service is on a file that was removed.
    if (isNew && !hasDatabase && isOpenElsewhere(path, patienceMs)) {
      // The next start must not take this file for one that a service left.
      rmSync(file, { force: true });
      release(handle);
      throw inUse(path, null);
    }
    return { isLost, release: () => release(handle) };
  }
}

/** Who holds the lock now; null when no one does. `pid` 0: its name is not known. The lock file exists. */
export function holderOf(path: string): Holder | null {
  const handle = open(lockPath(path), 0);
  try {
    handle.exec('BEGIN IMMEDIATE; ROLLBACK');
    return null;
  } catch (error) {
    if (failureOf(error) !== 'busy') return null;
    return readHolder(handle) ?? { pid: 0, host: '', since: 0 };
  } finally {
    handle.close();
  }
}
