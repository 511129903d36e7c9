/**
 * Sets of a program's instructions, in one flat pool: what the states of the automaton stand for. Numbered in the order
 * in which they are made.
 */
const FIRST_MEMBERS = 4096;
const NONE = -1;

export class InstructionSets {
  /** Members of all sets, set by set; replaced when it grows. */
  pool = new Int32Array(FIRST_MEMBERS);
  readonly #from: Int32Array;
  /** Hash → the newest set that has it; set → the one before it that has the same. */
  readonly #newest: Int32Array;
  readonly #older: Int32Array;
  count = 0;

  /** `limit`: as many sets as there may ever be, a power of two. */
  constructor(limit: number) {
    this.#from = new Int32Array(limit + 1);
    this.#newest = new Int32Array(limit).fill(NONE);
    this.#older = new Int32Array(limit);
  }

  clear(): void {
    this.count = 0;
    this.#newest.fill(NONE);
  }

  /** Members in all. */
  get memberCount(): number {
    return this.#from[this.count] ?? 0;
  }

  /** A set's members are `pool[startOf(set), endOf(set))`. */
  startOf(set: number): number {
    return this.#from[set] ?? 0;
  }

  endOf(set: number): number {
    return this.#from[set + 1] ?? 0;
  }

  /** Adds `members[0, size)` as a new set, which `find` will not know. Answers its number. */
  add(members: Int32Array, size: number): number {
    const from = this.memberCount;
    if (from + size > this.pool.length) {
      const larger = new Int32Array(2 * (from + size));
      larger.set(this.pool);
      this.pool = larger;
    }
    for (let i = 0; i < size; i++) this.pool[from + i] = members[i] ?? 0;
    this.#from[this.count + 1] = from + size;
    return this.count++;
  }

  /** The set of `members[0, size)`, made when it is new: then its number is what `count` was. */
  intern(members: Int32Array, size: number): number {
    if (size > 1) members.subarray(0, size).sort();
    const slot = hashOf(members, size) & (this.#newest.length - 1);
    for (let set = this.#newest[slot] ?? NONE; set !== NONE; set = this.#older[set] ?? NONE) {
      if (this.#isSame(set, members, size)) return set;
    }
    const set = this.add(members, size);
    this.#older[set] = this.#newest[slot] ?? NONE;
    this.#newest[slot] = set;
    return set;
  }

  #isSame(set: number, members: Int32Array, size: number): boolean {
    const start = this.startOf(set);
    if (this.endOf(set) - start !== size) return false;
    for (let i = 0; i < size; i++) if (this.pool[start + i] !== members[i]) return false;
    return true;
  }
}

function hashOf(members: Int32Array, size: number): number {
  let hash = size;
  for (let i = 0; i < size; i++) hash = Math.imul(hash ^ (members[i] ?? 0), 0x01000193) ^ (hash >>> 15);
  return hash ^ (hash >>> 16);
}
