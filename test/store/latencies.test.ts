import { describe, expect, it } from 'vitest';
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

  it('are forgotten when they are too old', () => {
    const store = openStore(':memory:');
    store.latencies.add(T, [{ peer: 'a', counts: [[10, 3]] }]);
    store.latencies.add(T + QUARTER_MS, [{ peer: 'b', counts: [[10, 3]] }]);
    store.latencies.prune(T + QUARTER_MS);
    expect(at(store, 0, T + 2 * QUARTER_MS)).toEqual({ b: [[10, 3]] });
  });
});
