import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSpaceSaving } from '../../src/access/space-saving.ts';

const CAPACITY = 8;

function count(keys: readonly string[]) {
  const sketch = createSpaceSaving(CAPACITY);
  const truth = new Map<string, number>();
  for (const key of keys) {
    const bytes = new TextEncoder().encode(key);
    sketch.add(bytes, 0, bytes.length);
    truth.set(key, (truth.get(key) ?? 0) + 1);
  }
  return { sketch, truth };
}

it('keeps every key above its share, and never counts one too low nor too high by more than a share', () => {
  const keys = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(60).map(String)), { maxLength: 400 });
  fc.assert(
    fc.property(keys, (list) => {
      const { sketch, truth } = count(list);
      const top = new Map(sketch.top(CAPACITY).map(({ key, count: n }) => [key, n]));
      const share = list.length / CAPACITY;
      for (const [key, times] of truth) if (times > share) expect(top.has(key)).toBe(true);
      for (const [key, counted] of top) {
        const times = truth.get(key) ?? 0;
        expect(counted).toBeGreaterThanOrEqual(times);
        expect(counted - times).toBeLessThanOrEqual(share);
      }
    }),
    { numRuns: 300 },
  );
});

it('is exact while all keys fit, largest first, and starts afresh after clearing', () => {
  const { sketch } = count(['x', 'y', 'y', 'z', 'z', 'z']);
  expect(sketch.top(2)).toEqual([
    { key: 'z', count: 3 },
    { key: 'y', count: 2 },
  ]);
  sketch.clear();
  expect(sketch.top(2)).toEqual([]);
});

it('finds one heavy source in a flood of addresses that never repeat', () => {
  const flood = Array.from({ length: 5000 }, (_, i) => (i % 5 === 0 ? 'heavy' : `2001:db8::${i.toString(16)}`));
  expect(count(flood).sketch.top(1)[0]?.key).toBe('heavy');
});
