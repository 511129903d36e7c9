/**
 * The most frequent keys of a stream in bounded memory (Metwally et al., "Space-Saving"): any key with more than
 * total ÷ capacity occurrences is kept, and no count is too low.
 */
import { createByteTable } from './byte-table.ts';

export interface SpaceSaving {
  add(bytes: Uint8Array, from: number, to: number): void;
  /** Largest first. */
  top(limit: number): readonly { readonly key: string; readonly count: number }[];
  clear(): void;
}

export function createSpaceSaving(capacity: number): SpaceSaving {
  const table = createByteTable(capacity);
  const counts = new Uint32Array(capacity);
  // A min-heap of indexes, built only when the table is full: most streams never fill it.
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
    add(bytes, from, to) {
      let index = table.intern(bytes, from, to);
      if (index < 0) {
        if (!heaped) build();
        index = heap[0] ?? 0;
        table.replace(index, bytes, from, to);
      }
      counts[index] = (counts[index] ?? 0) + 1;
      if (heaped) siftDown(position[index] ?? 0);
    },
    top(limit) {
      const order = Array.from({ length: table.size }, (_, index) => index);
      order.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
      return order.slice(0, limit).map((index) => ({ key: table.text(index), count: counts[index] ?? 0 }));
    },
    clear() {
      table.clear();
      counts.fill(0);
      heaped = false;
    },
  };
}
