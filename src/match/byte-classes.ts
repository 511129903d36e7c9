/** Bytes that no instruction of a program tells apart: they share a column of the automaton's table. */
import type { Program } from './program.ts';
import type { ByteSet } from './regex.ts';

export interface ByteClasses {
  /** Byte → its class. */
  readonly classes: Uint8Array;
  /** One byte of each class. */
  readonly samples: readonly number[];
}

/** Refines one class of all bytes by every byte set of the program. */
export function byteClasses({ code }: Program): ByteClasses {
  const classes = new Uint8Array(256);
  const renamed = new Int16Array(2 * classes.length);
  const seen = new Set<ByteSet>();
  let count = 1;
  for (const instruction of code) {
    if (instruction.op !== 'byte' || seen.has(instruction.set)) continue;
    seen.add(instruction.set);
    const byte = instruction.set.indexOf(1);
    if (byte !== instruction.set.lastIndexOf(1)) count = refine(classes, instruction.set, renamed);
    else if (!isAlone(classes, byte)) classes[byte] = count++;
  }
  return { classes, samples: Array.from({ length: count }, (_, column) => classes.indexOf(column)) };
}

/** No other byte is in the class of `byte`. */
function isAlone(classes: Uint8Array, byte: number): boolean {
  const column = classes[byte] ?? 0;
  return classes.indexOf(column) === classes.lastIndexOf(column);
}

/** Splits every class into members of `set` and others; answers how many classes there are. */
function refine(classes: Uint8Array, set: ByteSet, renamed: Int16Array): number {
  renamed.fill(-1);
  let count = 0;
  for (let byte = 0; byte < classes.length; byte++) {
    const key = 2 * (classes[byte] ?? 0) + (set[byte] ?? 0);
    if (renamed[key] === -1) renamed[key] = count++;
    classes[byte] = renamed[key] ?? 0;
  }
  return count;
}
