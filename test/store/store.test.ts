import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GapwatchError } from '../../src/core/errors.ts';
import type { Incident, IncidentChange } from '../../src/core/incident.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openStore } from '../../src/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function incident(id: string, over: Partial<Incident> = {}): Incident {
  return {
    id,
    host: 'web-1',
    cause: 'slow-upstream',
    severity: 'critical',
    state: 'open',
    openedAt: 1000,
    changedAt: 1000,
    resolvedAt: null,
    rev: 1,
    peakLostPerSecond: 0,
    lostTotal: 0,
    acknowledgedBy: null,
    acknowledgedAt: null,
    snoozedUntil: null,
    formerCauses: [],
    diagnosis: {} as Incident['diagnosis'],
    ...over,
  };
}

const change = (of: Incident, kind: IncidentChange['kind'] = 'opened'): IncidentChange => ({
  kind,
  at: of.changedAt,
  incident: of,
  text: `${kind} ${of.cause}`,
});

describe('the store', () => {
  it('keeps incidents, cursors and facts over a reopen', () => {
    const path = join(folder, 'a', 'gapwatch.db');
    const first = openStore(path);
    first.incidents.record(change(incident('inc-1')));
    first.cursors.save('/var/log/nginx/error.log', { offset: 42 });
    first.facts.set('mute:slow-upstream', { until: 5 });
    first.close();
    const second = openStore(path);
    expect(second.incidents.open().map((one) => one.id)).toEqual(['inc-1']);
    expect(second.cursors.load('/var/log/nginx/error.log')).toEqual({ offset: 42 });
    expect(second.facts.list('mute:')).toEqual([{ key: 'mute:slow-upstream', value: { until: 5 } }]);
    second.close();
  });

  it('writes an incident and its change as one and lists the changes in order', () => {
    const store = openStore(':memory:');
    store.incidents.record(change(incident('inc-1')));
    store.incidents.record(
      change(incident('inc-1', { rev: 2, state: 'resolved', resolvedAt: 9000, changedAt: 9000 }), 'resolved'),
    );
    expect(store.incidents.open()).toEqual([]);
    expect(store.incidents.changes('inc-1').map((one) => one.kind)).toEqual(['opened', 'resolved']);
    expect(store.incidents.since(5000).map((one) => one.id)).toEqual(['inc-1']);
    store.incidents.prune(10_000);
    expect(store.incidents.get('inc-1')).toBeNull();
    expect(store.incidents.changes('inc-1')).toEqual([]);
    store.close();
  });

  it('keeps the journal within its age and its rows', () => {
    const store = openStore(':memory:');
    for (let at = 0; at < 100; at++) {
      store.journal.addSample({ probe: 'kernel', at, ok: false, reason: 'absent', detail: 'x' });
    }
    store.journal.prune(50, 10);
    const kept = store.journal.samples(0).map((sample) => sample.at);
    expect(kept[0]).toBe(90);
    expect(kept).toHaveLength(10);
    store.close();
  });

  it('rolls a transaction back when its work throws', () => {
    const database = openDatabase(':memory:');
    const work = () =>
      database.transaction(() => {
        database.exec("INSERT INTO fact (key, json) VALUES ('a', '1')");
        throw new Error('no');
      });
    expect(work).toThrow('no');
    expect(database.prepare('SELECT count(*) AS n FROM fact').get()?.n).toBe(0);
    database.close();
  });

  it('that is full says so, keeps what it had, and goes on when there is room', () => {
    const store = openStore(':memory:');
    const fill = (value: string) => () => store.database.transaction(() => store.facts.set('a', value));
    fill('before')();
    store.database.exec('PRAGMA max_page_count = 1');
    expect(fill('x'.repeat(1_000_000))).toThrow('database or disk is full');
    expect(store.facts.get('a')).toBe('before');
    store.database.exec('PRAGMA max_page_count = 1000000');
    fill('after')();
    expect(store.facts.get('a')).toBe('after');
    store.close();
  });

  it('refuses a file that is no database and one from a newer version, with the remedy', () => {
    const garbage = join(folder, 'garbage.db');
    writeFileSync(garbage, 'this is not a database, not at all, and long enough to be sure of it'.repeat(20));
    expect(() => openStore(garbage)).toThrow(GapwatchError);
    const newer = join(folder, 'newer.db');
    const database = openDatabase(newer);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    expect(() => openStore(newer)).toThrow(/newer gapwatch/);
  });

  it('makes the folders it needs, and says so where there can be none', () => {
    const path = join(folder, 'a/b/gapwatch.db');
    openStore(path).close();
    expect(existsSync(path)).toBe(true);
    expect(() => openStore('/proc/gapwatch/gapwatch.db')).toThrow(/database \/proc\/gapwatch\/gapwatch.db cannot/);
  });

  it('lists facts by a literal prefix', () => {
    const store = openStore(':memory:');
    store.facts.set('a_1', 1);
    store.facts.set('ab1', 2);
    expect(store.facts.list('a_')).toEqual([{ key: 'a_1', value: 1 }]);
    store.close();
  });
});
