/**
 * One service a store. The lock is a write lock that SQLite holds on a file beside the store, so it ends with its
 * process however that ends, and is seen from other containers that share the volume. Readers need none.
 */
import { truncateSync } from 'node:fs';
import { hostname } from 'node:os';
import { GapwatchError } from '../core/errors.ts';
import { quoted } from '../core/shell.ts';
import { failureOf, type Handle, openHandle } from './handle.ts';

export interface StoreLock {
  release(): void;
}

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ms since the epoch */
  readonly since: number;
}

/** A former service that is stopping lets go within this time. */
const PATIENCE_MS = 2_000;

export const lockPath = (storePath: string): string => `${storePath}.lock`;

function readHolder(handle: Handle): Holder | null {
  try {
    // All rows: a statement that is not at its end keeps a lock of its own.
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
    hint: `${stop}, or give this one a file of its own with store.path. Who holds it: fuser -v ${quoted(lockPath(path))}`,
  });
}

function open(path: string, patienceMs: number): Handle {
  const handle = openHandle(path);
  handle.exec(`PRAGMA busy_timeout = ${patienceMs}`);
  return handle;
}

/** Says who we are, then takes the lock that stays. Only the lock counts: a full disk keeps nobody from holding it. */
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
 * Holds the lock of the store at `path` until it is released. Throws GapwatchError CONFIG naming who holds it, and
 * otherwise SQLite's error.
 */
export function takeLock(path: string, now: number): StoreLock {
  const file = lockPath(path);
  let handle = open(file, PATIENCE_MS);
  for (let repaired = false; ; repaired = true) {
    try {
      hold(handle, now);
      break;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'busy') throw inUse(path, readHolder(handle));
      if (failure !== 'damaged' || repaired) throw error;
      // In place: another file of this name would be another lock.
      handle.close();
      truncateSync(file);
      handle = open(file, PATIENCE_MS);
    }
  }
  return {
    release() {
      // Closing alone would not do while a statement is not collected.
      if (handle.inTransaction) handle.exec('ROLLBACK');
      handle.close();
    },
  };
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
