/** Finds texts inside an executable without running it. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { openFileToRead, refusal } from './read-file.ts';

/** A static nginx with every module is about 20 MiB. */
const MAX_EXECUTABLE_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Longest text that is taken; the configure arguments of distributions are about 2 KiB. */
const MAX_TEXT_BYTES = 32 * 1024;

/** The kernel's link to a running executable is opened as it is: its target may be gone, or in another root. */
const RUNNING = /^\/proc\/\d+\/exe$/;

function open(executable: string): number {
  if (!RUNNING.test(executable)) return openFileToRead(executable).fd;
  return openSync(executable, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * For each of `starts` the first NUL-terminated text of the file that begins with it, else null. Throws the error of
 * open(2); a file over 128 MiB is refused.
 */
export function findTexts(executable: string, starts: readonly string[]): (string | null)[] {
  const found: (string | null)[] = starts.map(() => null);
  const needles = starts.map((start) => Buffer.from(start));
  const fd = open(executable);
  try {
    if (fstatSync(fd).size > MAX_EXECUTABLE_BYTES) {
      throw refusal(executable, `is longer than ${MAX_EXECUTABLE_BYTES} bytes`);
    }
    const buffer = Buffer.alloc(CHUNK_BYTES + MAX_TEXT_BYTES);
    for (let at = 0; found.includes(null); at += CHUNK_BYTES) {
      const got = readSync(fd, buffer, 0, buffer.length, at);
      const bytes = buffer.subarray(0, got);
      for (const [i, needle] of needles.entries()) {
        const start = found[i] === null ? bytes.indexOf(needle) : -1;
        // What begins in the overlap is found whole in the next chunk.
        if (start < 0 || start >= CHUNK_BYTES) continue;
        const end = bytes.indexOf(0, start);
        found[i] = bytes.toString('latin1', start, end < 0 ? Math.min(got, start + MAX_TEXT_BYTES) : end);
      }
      if (got < buffer.length) break;
    }
    return found;
  } finally {
    closeSync(fd);
  }
}
