/** Everything that survives a restart, by what it is for. One database, one writer: this process. */
import type { OutboxStore } from '../core/outbox.ts';
import { type Actions, createActions } from './actions.ts';
import { type Cursors, createCursors } from './cursors.ts';
import { type Database, openDatabase } from './database.ts';
import { createFacts, type Facts } from './facts.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLatencies, type Latencies } from './latencies.ts';
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
  close(): void;
}

/** Opens the store at `path` (`:memory:` for one that forgets). Throws GapwatchError STORE. */
export function openStore(path: string): Store {
  const database = openDatabase(path);
  return {
    database,
    cursors: createCursors(database),
    incidents: createIncidents(database),
    facts: createFacts(database),
    actions: createActions(database),
    journal: createJournal(database),
    series: createSeries(database),
    latencies: createLatencies(database),
    outbox: createOutboxStore(database),
    close: () => database.close(),
  };
}
