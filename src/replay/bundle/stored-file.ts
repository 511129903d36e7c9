/** Types for folders and archives: files by name, readable repeatedly, and messages about skipped ones. */
import type { Stats } from 'node:fs';
import type { Readable } from 'node:stream';

/** A file as it is stored. */
export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Throws with a clause about the file when it is no longer readable. */
  open(): Readable;
}

/** Receives one message for each skipped thing. */
export type LeaveOut = (sentence: string) => void;

/** A bundle has fewer files than this. */
export const MAX_FILES = 10_000;

/** The kind of a thing that is not a plain file, in words. */
export function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}
