/**
 * The end of a log as one batch of whole lines, for commands that look once: what nginx said in the last minutes
 * counts although nobody followed the log then. Readers drop what is older than their window.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LineBatch } from '../core/line.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;

/** Null when the log cannot be read or is empty; following it says why. */
export function recentLines(path: string): LineBatch | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size, dev, ino } = fstatSync(fd);
    const start = Math.max(0, size - MOST_BYTES);
    const bytes = Buffer.alloc(size - start);
    const read = readSync(fd, bytes, 0, bytes.length, start);
    const content = bytes.subarray(0, read);
    const first = start === 0 ? 0 : content.indexOf(NEWLINE) + 1;
    const last = content.lastIndexOf(NEWLINE) + 1;
    if (last <= first) return null;
    return { source: path, generation: `${dev}:${ino}`, offset: start + first, bytes: content.subarray(first, last) };
  } finally {
    closeSync(fd);
  }
}
