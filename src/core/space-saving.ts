/**
 * Counts the most frequent keys of a stream in constant memory (Space-Saving; Metwally, Agrawal & El Abbadi 2005). With
 * `capacity` counters, every key above total ÷ capacity is kept, no count is too low, and each is too high by at most its
 * `over` ≤ total ÷ capacity. Merged summaries keep these bounds (Cafaro, Pulimeno & Tempesta 2016).
 */

/** `count` may be too high by `over`, so `count - over` is certain. Without `over` it is exact. */
export interface HeavyKey {
  readonly key: string;
  readonly count: number;
  readonly over?: number;
}

/** Most keys in a summary. One with fewer keys is complete. */
export const CARRIED_KEYS = 16;

/** Only the counters. The caller maps its keys to numbers 0…capacity−1. */
export interface SpaceSaving {
  add(index: number, weight: number): void;
  /** Returns the number to reuse when all are taken. Its count stays and bounds the error of the next key. */
  yieldLeast(): number;
  /** The first `size` numbers, largest count first. */
  top(size: number, limit: number, text: (index: number) => string): readonly HeavyKey[];
  clear(): void;
}

export function createSpaceSaving(capacity: number): SpaceSaving {
  const counts = new Float64Array(capacity);
  const overs = new Float64Array(capacity);
  // A min-heap, built only when a number must be reused, because most streams have few keys.
  const heap = new Int32Array(capacity);
  const position = new Int32Array(capacity);
  let heaped = false;

  const countAt = (place: number): number => counts[heap[place] ?? 0] ?? 0;

  function siftDown(start: number): void {
    const index = heap[start] ?? 0;
    const count = counts[index] ?? 0;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= capacity) break;
      if (child + 1 < capacity && countAt(child + 1) < countAt(child)) child += 1;
      if (countAt(child) >= count) break;
      const moved = heap[child] ?? 0;
      heap[place] = moved;
      position[moved] = place;
      place = child;
    }
    heap[place] = index;
    position[index] = place;
  }

  function build(): void {
    for (let i = 0; i < capacity; i += 1) {
      heap[i] = i;
      position[i] = i;
    }
    for (let place = capacity >> 1; place >= 0; place -= 1) siftDown(place);
    heaped = true;
  }

  return {
    add(index, weight) {
      counts[index] = (counts[index] ?? 0) + weight;
      if (heaped) siftDown(position[index] ?? 0);
    },
    yieldLeast() {
      if (!heaped) build();
      const index = heap[0] ?? 0;
      overs[index] = counts[index] ?? 0;
      return index;
    },
    top(size, limit, text) {
      const order = Array.from({ length: size }, (_, index) => index);
      order.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
      return order.slice(0, limit).map((index) => heavyKey(text(index), counts[index] ?? 0, overs[index] ?? 0));
    },
    clear() {
      counts.fill(0);
      overs.fill(0);
      heaped = false;
    },
  };
}

function heavyKey(key: string, count: number, over: number): HeavyKey {
  return over === 0 ? { key, count } : { key, count, over };
}

export interface HeavyMerge {
  /** Adds a stream of one key. */
  add(key: string, count: number): void;
  /** Adds a summary: largest first, with CARRIED_KEYS keys unless it is complete. */
  merge(summary: readonly HeavyKey[]): void;
  /** The largest first. Use one limit for repeated merges. */
  summary(limit?: number): readonly HeavyKey[];
}

/** Merges summaries of several streams into one. */
export function createHeavyMerge(): HeavyMerge {
  const counts = new Map<string, number>();
  /** Only keys whose count may be too high. */
  const overs = new Map<string, number>();
  let floors = 0;

  function add(key: string, count: number): void {
    counts.set(key, (counts.get(key) ?? 0) + count);
  }

  return {
    add,
    merge(summary) {
      // A key that is not in a full summary may have had as much as the least in it.
      const floor = summary.length < CARRIED_KEYS ? 0 : (summary.at(-1)?.count ?? 0);
      floors += floor;
      for (const { key, count, over = 0 } of summary) {
        add(key, count - floor);
        if (over !== floor) overs.set(key, (overs.get(key) ?? 0) + over - floor);
      }
    },
    summary: (limit = CARRIED_KEYS) =>
      largest(counts, limit).map(([key, count]) => heavyKey(key, count + floors, (overs.get(key) ?? 0) + floors)),
  };
}

/** The `most` largest keys in one pass. Equal counts keep their order. */
function largest(counts: ReadonlyMap<string, number>, most: number): readonly (readonly [string, number])[] {
  const found: (readonly [string, number])[] = [];
  for (const entry of counts) {
    const isFull = found.length >= most;
    if (isFull && entry[1] <= (found.at(-1)?.[1] ?? 0)) continue;
    if (isFull) found.pop();
    let place = found.length;
    while (place > 0 && (found[place - 1]?.[1] ?? 0) < entry[1]) place--;
    found.splice(place, 0, entry);
  }
  return found;
}

export function mergeHeavy(summaries: Iterable<readonly HeavyKey[]>, limit = CARRIED_KEYS): readonly HeavyKey[] {
  const merged = createHeavyMerge();
  for (const summary of summaries) merged.merge(summary);
  return merged.summary(limit);
}

/** The guaranteed count of each key, largest first, without keys that have none. */
export function certainCounts(keys: readonly HeavyKey[]): ReadonlyMap<string, number> {
  const certain = keys.map(({ key, count, over = 0 }) => [key, count - over] as const).filter(([, count]) => count > 0);
  return new Map(certain.sort((a, b) => b[1] - a[1]));
}
