/**
 * Reserves file descriptors. When the process or the system has none left, /proc files and rotated logs are opened in
 * their place, so that gapwatch can still diagnose the shortage.
 */
import { closeSync, openSync } from 'node:fs';

/** Enough for the logs of one rotation and for a path, whose folders are held open while it is resolved. */
const SPARES = 16;

const held: number[] = [];

/** EMFILE: this process has no descriptor left; ENFILE: the machine has none. */
export function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

function hold(): void {
  try {
    while (held.length < SPARES) held.push(openSync('/dev/null', 'r'));
  } catch {
    // None to be had now; the next call tries again.
  }
}

/** Calls `open`, and once more with the spare descriptors free when it finds none. What it leaves open stays open. */
export function withSpare<T>(open: () => T): T {
  hold();
  try {
    return open();
  } catch (error) {
    if (!isOutOfDescriptors(error) || held.length === 0) throw error;
    for (const descriptor of held.splice(0)) closeSync(descriptor);
    try {
      return open();
    } finally {
      hold();
    }
  }
}
