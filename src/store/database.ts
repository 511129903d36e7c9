/**
 * The database interface of the stores. Statements are prepared again when the connection changes, so work that failed on
 * one connection (a full disk, a damaged file) continues on another.
 */
import type { Handle, Row, Statement } from './handle.ts';

export type { Row };

export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  /** Runs `work` in one immediate transaction; rolls back when it throws. `work` may run again after an exchange. */
  transaction<T>(work: () => T): T;
  /** Counts the transactions rolled back and the exchanges: what was learned before is void. */
  rollbacks(): number;
  close(): void;
}

export interface ExchangeableDatabase extends Database {
  /** The caller closes the former connection. */
  exchange(handle: Handle): void;
}

/** `heal` gets what failed outside of a transaction; true: the connection was exchanged and the work is worth repeating. */
export function createDatabase(first: Handle, heal: (error: unknown) => boolean = () => false): ExchangeableDatabase {
  let handle = first;
  let [depth, rollbacks] = [0, 0];

  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (depth > 0 || !heal(error)) throw error;
      return work();
    }
  };

  const transact = <T>(work: () => T): T => {
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
  };

  return {
    prepare(sql) {
      let preparedFor = handle;
      let statement = attempt(() => handle.prepare(sql));
      const current = (): Statement => {
        if (preparedFor !== handle) statement = handle.prepare(sql);
        preparedFor = handle;
        return statement;
      };
      return {
        run: (...parameters) => attempt(() => current().run(...parameters)),
        get: (...parameters) => attempt(() => current().get(...parameters)),
        all: (...parameters) => attempt(() => current().all(...parameters)),
      };
    },
    exec: (sql) => attempt(() => handle.exec(sql)),
    transaction: (work) => (depth > 0 ? work() : attempt(() => transact(work))),
    rollbacks: () => rollbacks,
    exchange(next) {
      handle = next;
      rollbacks++;
    },
    close: () => handle.close(),
  };
}
