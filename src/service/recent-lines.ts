/**
 * Reads the end of a log as one batch of complete lines, for commands that answer once. Readers skip lines that are
 * older than their window.
 */
import { closeSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LineBatch } from '../core/line.ts';
import { type OpenedFile, openFileToRead } from '../files/read-file.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;

/** Null when the log is unreadable, empty or no regular file. The follower reports the reason. */
export function recentLines(path: string): LineBatch | null {
  let opened: OpenedFile;
  try {
    opened = openFileToRead(resolve(path));
  } catch {
    return null;
  }
  const { fd, stat } = opened;
  try {
    const size = Number(stat.size);
    const start = Math.max(0, size - MOST_BYTES);
    const bytes = Buffer.alloc(size - start);
    const content = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start));
    const first = start === 0 ? 0 : content.indexOf(NEWLINE) + 1;
    const last = content.lastIndexOf(NEWLINE) + 1;
    if (last <= first) return null;
    const generation = `${stat.dev}:${stat.ino}`;
    return { source: path, generation, offset: start + first, bytes: content.subarray(first, last) };
  } finally {
    closeSync(fd);
  }
}
