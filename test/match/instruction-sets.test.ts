import { describe, expect, it } from 'vitest';
import { InstructionSets } from '../../src/match/instruction-sets.ts';

const membersOf = (sets: InstructionSets, set: number): number[] => [
  ...sets.pool.subarray(sets.startOf(set), sets.endOf(set)),
];
const interned = (sets: InstructionSets, members: readonly number[]): number =>
  sets.intern(Int32Array.from(members), members.length);

describe('InstructionSets', () => {
  it('makes a set once, in whatever order its members are named', () => {
    const sets = new InstructionSets(8);
    expect(interned(sets, [7, 3])).toBe(0);
    expect(interned(sets, [3])).toBe(1);
    expect(interned(sets, [3, 7])).toBe(0);
    expect(sets.count).toBe(2);
    expect(membersOf(sets, 0)).toEqual([3, 7]);
  });

  it('keeps sets apart that share a slot, also when there are as many as it may hold', () => {
    const sets = new InstructionSets(64);
    const all = Array.from({ length: 64 }, (_, i) => [i, 1000 + 7 * i]);
    expect(all.map((members) => interned(sets, members))).toEqual(all.map((_, i) => i));
    expect(all.map((members) => interned(sets, members))).toEqual(all.map((_, i) => i));
  });

  it('does not find what was only added, and keeps what it holds while it grows', () => {
    const sets = new InstructionSets(4);
    expect(sets.add(Int32Array.of(1, 2, 9), 2)).toBe(0);
    expect(interned(sets, [1, 2])).toBe(1);
    const many = Array.from({ length: 10_000 }, (_, i) => i);
    expect(interned(sets, many)).toBe(2);
    expect(membersOf(sets, 0)).toEqual([1, 2]);
    expect(membersOf(sets, 2)).toEqual(many);
    expect(sets.memberCount).toBe(10_004);
  });

  it('knows nothing once it is cleared', () => {
    const sets = new InstructionSets(4);
    interned(sets, [5]);
    interned(sets, [6]);
    sets.clear();
    expect([sets.count, sets.memberCount]).toEqual([0, 0]);
    expect(interned(sets, [6])).toBe(0);
    expect(membersOf(sets, 0)).toEqual([6]);
  });
});
