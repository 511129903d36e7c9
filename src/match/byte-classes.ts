/** Groups bytes that no instruction of a program distinguishes: they share a column of the automaton's table. */
import type { Program } from './program.ts';
import type { ByteSet } from './regex.ts';

export interface ByteClasses {
  /** Byte → its class. */
  readonly classes: Uint8Array;
  /** One byte of each class. */
  readonly samples: readonly number[];
}

/** Refines one class of all bytes by every letter and every set of the program. */
export function byteClasses({ letters, sets }: Program): ByteClasses {
  const classes = new Uint8Array(256);
  let count = 1;
  for (let byte = letters.indexOf(1); byte >= 0; byte = letters.indexOf(1, byte + 1)) classes[byte] = count++;
  const renamed = new Int16Array(2 * classes.length);
  for (const set of sets) count = refine(classes, set, renamed);
  return { classes, samples: Array.from({ length: count }, (_, column) => classes.indexOf(column)) };
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
