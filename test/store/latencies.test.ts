import { describe, expect, it } from 'vitest';
import { createLatencies, MOST_PEERS } from '../../src/store/latencies.ts';
import { openStore } from '../../src/store/store.ts';

const QUARTER_MS = 15 * 60_000;
const T = Date.parse('2026-11-21T09:00:00Z');
const at = (store: ReturnType<typeof openStore>, from: number, to: number) =>
  Object.fromEntries([...store.latencies.query(from, to)].map(([peer, counts]) => [peer, [...counts]]));

describe('latencies', () => {
  it('are summed within a quarter of an hour and over many of them', () => {
    const store = openStore(':memory:');
    store.latencies.add(T, [{ peer: 'a', counts: [[10, 3]] }]);
    store.latencies.add(T + 5_000, [
      {
        peer: 'a',
        counts: [
          [10, 1],
          [500, 2],
        ],
      },
      { peer: 'b', counts: [[7, 1]] },
    ]);
    store.latencies.add(T + QUARTER_MS, [{ peer: 'a', counts: [[500, 4]] }]);
    expect(at(store, T, T + 1)).toEqual({
      a: [
        [10, 4],
        [500, 2],
      ],
      b: [[7, 1]],
    });
    expect(at(store, T, T + 2 * QUARTER_MS).a).toEqual([
      [10, 4],
      [500, 6],
    ]);
    const rows = store.database.prepare('SELECT count(*) AS rows FROM latency').get()?.rows;
    expect(rows).toBe(3);
  });

  it('of peers beyond a number of them in a quarter are counted together, also after a restart', () => {
    const store = openStore(':memory:');
    const strangers = (name: string) =>
      Array.from({ length: 100 }, (_, i) => ({ peer: `${name}${i}`, counts: [[10, 1]] as const }));
    store.latencies.add(T, [{ peer: 'a', counts: [[10, 3]] }, ...strangers('x')]);
    store.latencies.add(T + 1_000, [{ peer: 'a', counts: [[10, 3]] }, ...strangers('y')]);
    createLatencies(store.database).add(T + 2_000, [{ peer: 'a', counts: [[10, 3]] }, ...strangers('z')]);
    const rows = store.latencies.query(T, T + 1);
    expect(rows.size).toBe(MOST_PEERS + 1);
    expect([rows.get('a'), rows.get('*')]).toEqual([new Map([[10, 9]]), new Map([[10, 300 - (MOST_PEERS - 1)]])]);
  });

  it('are forgotten when they are too old', () => {
    const store = openStore(':memory:');
    store.latencies.add(T, [{ peer: 'a', counts: [[10, 3]] }]);
    store.latencies.add(T + QUARTER_MS, [{ peer: 'b', counts: [[10, 3]] }]);
    store.latencies.prune(T + QUARTER_MS);
    expect(at(store, 0, T + 2 * QUARTER_MS)).toEqual({ b: [[10, 3]] });
  });
});
