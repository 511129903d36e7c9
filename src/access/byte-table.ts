/** Maps byte strings to numbers 0…capacity−1 without creating strings: open addressing over one flat buffer. */

export interface ByteTable {
  readonly size: number;
  /** Returns the number of `bytes[from, to)`, which may be new, or −1 when the table is full. */
  intern(bytes: Uint8Array, from: number, to: number): number;
  /** Reassigns `index` to other bytes. */
  replace(index: number, bytes: Uint8Array, from: number, to: number): void;
  text(index: number): string;
  clear(): void;
}

/** Longer keys are truncated. An IPv6 address has at most 45 bytes, a peer rarely more. */
const KEY_BYTES = 96;
const latin1 = new TextDecoder('latin1');

export function createByteTable(capacity: number): ByteTable {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 4))).fill(-1);
  const mask = slots.length - 1;
  const keys = new Uint8Array(capacity * KEY_BYTES);
  const lengths = new Uint8Array(capacity);
  const hashes = new Int32Array(capacity);
  let size = 0;

  function equals(index: number, bytes: Uint8Array, from: number, length: number): boolean {
    if (lengths[index] !== length) return false;
    const key = index * KEY_BYTES;
    for (let i = 0; i < length; i += 1) if (keys[key + i] !== bytes[from + i]) return false;
    return true;
  }

  /** The table slot of these bytes, or the free slot to insert them. */
  function find(bytes: Uint8Array, from: number, length: number, hash: number): number {
    let slot = hash & mask;
    for (;;) {
      const index = slots[slot] ?? -1;
      if (index < 0 || (hashes[index] === hash && equals(index, bytes, from, length))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  function put(index: number, slot: number, bytes: Uint8Array, from: number, length: number, hash: number): void {
    // A copy with subarray() would allocate for every new key.
    for (let i = 0, key = index * KEY_BYTES; i < length; i += 1) keys[key + i] = bytes[from + i] ?? 0;
    lengths[index] = length;
    hashes[index] = hash;
    slots[slot] = index;
  }

  /** Takes an index out and closes the gap after it (Knuth 6.4 R), so that no tombstones pile up. */
  function remove(index: number): void {
    let gap = (hashes[index] ?? 0) & mask;
    while (slots[gap] !== index) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; (slots[slot] ?? -1) >= 0; slot = (slot + 1) & mask) {
      const home = (hashes[slots[slot] ?? 0] ?? 0) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = slots[slot] ?? -1;
      gap = slot;
    }
    slots[gap] = -1;
  }

  return {
    get size() {
      return size;
    },
    intern(bytes, from, to) {
      const length = Math.min(to - from, KEY_BYTES);
      const hash = hashOf(bytes, from, length);
      const slot = find(bytes, from, length, hash);
      const known = slots[slot] ?? -1;
      if (known >= 0 || size === capacity) return known;
      put(size, slot, bytes, from, length, hash);
      size += 1;
      return size - 1;
    },
    replace(index, bytes, from, to) {
      const length = Math.min(to - from, KEY_BYTES);
      const hash = hashOf(bytes, from, length);
      remove(index);
      put(index, find(bytes, from, length, hash), bytes, from, length, hash);
    },
    text: (index) => latin1.decode(keys.subarray(index * KEY_BYTES, index * KEY_BYTES + (lengths[index] ?? 0))),
    clear() {
      slots.fill(-1);
      size = 0;
    },
  };
}

/** FNV-1a over four bytes at a time with extra mixing, because addresses often differ only in their last digits. */
function hashOf(bytes: Uint8Array, from: number, length: number): number {
  let hash = 0x811c9dc5 | 0;
  let at = from;
  for (const last = from + length - 4; at <= last; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    const high = ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ low ^ high, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < from + length; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
