import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteCounts } from '../../src/access/byte-counts.ts';
import { CARRIED_KEYS, certainCounts, type HeavyKey, mergeHeavy } from '../../src/core/space-saving.ts';
import { KeyCounts } from '../../src/match/key-counts.ts';

type Weighted = readonly [key: string, weight: number];

const sum = (list: readonly Weighted[]): number => list.reduce((total, [, weight]) => total + weight, 0);

function exactCounts(list: readonly Weighted[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [key, weight] of list) counts.set(key, (counts.get(key) ?? 0) + weight);
  return counts;
}

function summaryOf(list: readonly Weighted[]): readonly HeavyKey[] {
  const counts = new KeyCounts();
  for (const [key, weight] of list) counts.add(key, weight);
  return counts.summary();
}

/** Compares summaries of Space-Saving with exact counts. */
function expectPromise(summary: readonly HeavyKey[], list: readonly Weighted[]): void {
  const share = sum(list) / CARRIED_KEYS;
  const truth = exactCounts(list);
  const told = new Map(summary.map((each) => [each.key, each]));
  expect(summary.length).toBeLessThanOrEqual(CARRIED_KEYS);
  expect(told.size).toBe(summary.length);
  for (const [key, weight] of truth) if (weight > share) expect(told.has(key)).toBe(true);
  for (const { key, count, over = 0 } of summary) {
    expect(over).toBeLessThanOrEqual(share);
    expect(count).toBeGreaterThanOrEqual(truth.get(key) ?? 0);
    expect(count - over).toBeLessThanOrEqual(truth.get(key) ?? 0);
  }
  for (const [key, weight] of truth) if (weight > share) expect(certainCounts(summary).get(key)).toBeGreaterThan(0);
}

/** A few heavy keys among many that come once or twice. */
const key = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 3, arbitrary: fc.nat(300).map((n) => `2001:db8::${n.toString(16)}`) },
);
const stream = fc.array(fc.tuple(key, fc.integer({ min: 1, max: 5 })), { maxLength: 400 });

describe('a summary', () => {
  it('contains each frequent key, never counts too low, and bounds its error', () => {
    fc.assert(
      fc.property(stream, (list) => expectPromise(summaryOf(list), list)),
      { numRuns: 200, seed: 1 },
    );
  });

  it('keeps these bounds after merges in any order', () => {
    const batches = fc.array(fc.array(fc.tuple(key, fc.integer({ min: 1, max: 5 })), { maxLength: 80 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(batches, fc.infiniteStream(fc.nat()), (lists, choices) => {
        const summaries = lists.map(summaryOf);
        expectPromise(mergeHeavy(summaries), lists.flat());
        while (summaries.length > 1) {
          const [first = []] = summaries.splice(choices.next().value % summaries.length, 1);
          const at = choices.next().value % summaries.length;
          summaries[at] = mergeHeavy([first, summaries[at] ?? []]);
        }
        expectPromise(summaries[0] ?? [], lists.flat());
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it('finds a key that comes once in each batch after sixteen earlier keys', () => {
    const early = Array.from({ length: 16 }, (_, i): Weighted => [`early-${i}`, 100]);
    const late = Array.from({ length: 500 }, (): Weighted => ['late', 1]);
    const merged = late.reduce((held, each) => mergeHeavy([held, summaryOf([each])]), summaryOf(early));
    expectPromise(merged, [...early, ...late]);
    expect(merged[0]?.key).toBe('late');
  });

  it('is exact while there are few keys', () => {
    const few = summaryOf([
      ['x', 2],
      ['y', 3],
      ['x', 5],
    ]);
    expect(mergeHeavy([few, few])).toEqual([
      { key: 'x', count: 14 },
      { key: 'y', count: 6 },
    ]);
  });

  it('is certain of no key when all keys differ', () => {
    const strangers = Array.from({ length: 10_000 }, (_, i): Weighted => [`2001:db8::${i.toString(16)}`, 1]);
    expect([...certainCounts(summaryOf(strangers)).values()].every((count) => count <= 1)).toBe(true);
  });
});

describe('counts of byte strings', () => {
  const CAPACITY = 64;
  const counted = (addresses: Iterable<string>) => {
    const counts = createByteCounts(CAPACITY);
    const bytes = new Uint8Array(64);
    const encoder = new TextEncoder();
    for (const address of addresses) counts.add(bytes, 0, encoder.encodeInto(address, bytes).written);
    return counts;
  };

  it('are exact while all keys fit, largest first, and are empty after clearing', () => {
    const counts = counted(['x', 'y', 'y', 'z', 'z', 'z']);
    expect(counts.top(2)).toEqual([
      { key: 'z', count: 3 },
      { key: 'y', count: 2 },
    ]);
    counts.clear();
    expect(counts.top(2)).toEqual([]);
  });

  it('are never too high, and contain each frequent key', () => {
    fc.assert(
      fc.property(stream, (list) => {
        const truth = exactCounts(list.map(([each]) => [each, 1]));
        const top = counted(list.map(([each]) => each)).top(CAPACITY);
        for (const { key: each, count } of top) expect(count).toBeLessThanOrEqual(truth.get(each) ?? 0);
        for (const [each, count] of truth) {
          if (count > list.length / CAPACITY) expect(top.some((told) => told.key === each)).toBe(true);
        }
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('stay bounded with two million addresses, and still find the frequent one', () => {
    function* flood(): Generator<string> {
      for (let i = 0; i < 2_000_000; i++) {
        if (i % 20 === 0) yield '198.51.100.7';
        else yield `2001:db8:${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`;
      }
    }
    const before = process.memoryUsage();
    const counts = counted(flood());
    const after = process.memoryUsage();
    const [first, second] = counts.top(2);
    expect(first?.key).toBe('198.51.100.7');
    expect(first?.count).toBeGreaterThan(100_000 - 2_000_000 / CAPACITY);
    expect(first?.count).toBeLessThanOrEqual(100_000);
    expect(second?.count ?? 0).toBeLessThanOrEqual(1);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 1024);
  });
});
