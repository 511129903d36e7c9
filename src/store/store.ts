/** Opens the database and its stores: everything that survives a restart. This process is the only writer. */
import type { OutboxStore } from '../core/outbox.ts';
import { type Actions, createActions } from './actions.ts';
import { type Cursors, createCursors } from './cursors.ts';
import type { Database } from './database.ts';
import { createFacts, type Facts } from './facts.ts';
import { type StoreHealth, UNATTENDED } from './health.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import { createJournal, type Journal } from './journal.ts';
import { type KeeperDeps, StoreKeeper } from './keeper.ts';
import { createLatencies, type Latencies } from './latencies.ts';
import { openDatabase, openDatabaseToRead } from './open-database.ts';
import { createOutboxStore } from './outbox.ts';
import { createSeries, type Series } from './series.ts';

export interface Store {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly incidents: Incidents;
  readonly facts: Facts;
  readonly actions: Actions;
  readonly journal: Journal;
  readonly series: Series;
  readonly latencies: Latencies;
  readonly outbox: OutboxStore;
  readonly health: StoreHealth;
  close(): void;
}

function storeOn(database: Database, health: StoreHealth, close: () => void): Store {
  return {
    database,
    health,
    cursors: createCursors(database),
    incidents: createIncidents(database),
    facts: createFacts(database),
    actions: createActions(database),
    journal: createJournal(database),
    series: createSeries(database),
    latencies: createLatencies(database),
    outbox: createOutboxStore(database),
    close,
  };
}

/** Opens the store at `path`, made when it is missing (`:memory:` for one that forgets). Throws GapwatchError. */
export function openStore(path: string): Store {
  const database = openDatabase(path);
  return storeOn(database, UNATTENDED, () => database.close());
}

/** Opens a store that exists, to read it; a service may be running on it. Throws GapwatchError. */
export function openStoreToRead(path: string): Store {
  const database = openDatabaseToRead(path);
  return storeOn(database, UNATTENDED, () => database.close());
}

/**
 * Opens the store at `path` for a service: for this process alone, and whatever becomes of the file. Throws
 * GapwatchError CONFIG when another process holds it or others could change it, STORE when it cannot be opened.
 */
export function openServiceStore(path: string, deps: KeeperDeps): Store {
  if (path === ':memory:') return openStore(path);
  const keeper = new StoreKeeper(path, deps);
  return storeOn(keeper.database, keeper, () => keeper.close());
}
