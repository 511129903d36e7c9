/** What folders and archives give: files by name, readable as often as needed, and sentences about what is left out. */
import type { Stats } from 'node:fs';
import type { Readable } from 'node:stream';

/** A file as it is stored. */
export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Throws with a clause about the file when it can no longer be read. */
  open(): Readable;
}

/** Takes one sentence for each thing that is not read. */
export type LeaveOut = (sentence: string) => void;

/** More files than this are no bundle. */
export const MAX_FILES = 10_000;

/** What something is that is no plain file, in words for a sentence. */
export function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}
