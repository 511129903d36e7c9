/** Counts the most frequent byte strings of a stream, in bounded memory and without creating strings. */
import { certainCounts, createSpaceSaving } from '../core/space-saving.ts';
import { createByteTable } from './byte-table.ts';

export interface ByteCounts {
  add(bytes: Uint8Array, from: number, to: number): void;
  /** The guaranteed count of each key, largest first. Counts are exact up to `capacity` keys. */
  top(limit: number): readonly { readonly key: string; readonly count: number }[];
  clear(): void;
}

export function createByteCounts(capacity: number): ByteCounts {
  const table = createByteTable(capacity);
  const counts = createSpaceSaving(capacity);
  return {
    add(bytes, from, to) {
      let index = table.intern(bytes, from, to);
      if (index < 0) {
        index = counts.yieldLeast();
        table.replace(index, bytes, from, to);
      }
      counts.add(index, 1);
    },
    top(limit) {
      const certain = certainCounts(counts.top(table.size, capacity, table.text));
      return [...certain].slice(0, limit).map(([key, count]) => ({ key, count }));
    },
    clear() {
      table.clear();
      counts.clear();
    },
  };
}
