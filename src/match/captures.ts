/**
 * The named parts of a match, leftmost-first like every backtracking engine, but in linear time: all threads advance
 * together, the one that would have been tried first wins. Runs only on lines that already matched.
 */
import type { Program } from './program.ts';

const UNSET = -1;

interface Thread {
  readonly at: number;
  readonly slots: readonly number[];
}

/** Offsets in `bytes` of each name's start and end (-1: took no part), or null when nothing matches at `from`. */
export function findCaptures(
  program: Program,
  start: number,
  slotCount: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): readonly number[] | null {
  let matched: readonly number[] | null = null;
  let threads = follow(program, [{ at: start, slots: new Array<number>(slotCount).fill(UNSET) }], from, from === to);
  for (let at = from; ; at++) {
    const reached: Thread[] = [];
    for (const { at: place, slots } of threads) {
      const instruction = program.code[place];
      if (instruction?.op === 'accept') {
        matched = slots;
        break;
      }
      if (at < to && instruction?.op === 'byte' && instruction.set[bytes[at] ?? 0] === 1) {
        reached.push({ at: instruction.next, slots });
      }
    }
    if (at >= to || reached.length === 0) return matched;
    threads = follow(program, reached, at + 1, at + 1 === to);
  }
}

/** Runs every thread to its next byte or accept, in order of preference; the first to reach a place keeps it. */
function follow(program: Program, entries: readonly Thread[], offset: number, atEnd: boolean): Thread[] {
  const settled: Thread[] = [];
  const seen = new Set<number>();
  const pending = [...entries].reverse();
  for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
    const { at, slots } = thread;
    const instruction = program.code[at];
    if (instruction === undefined || seen.has(at)) continue;
    seen.add(at);
    if (instruction.op === 'fork') pending.push({ at: instruction.other, slots }, { at: instruction.next, slots });
    else if (instruction.op === 'save')
      pending.push({ at: instruction.next, slots: slots.with(instruction.slot, offset) });
    else if (instruction.op === 'end') {
      if (atEnd) pending.push({ at: instruction.next, slots });
    } else settled.push(thread);
  }
  return settled;
}
