/** Computes digests that recognise log bytes read before, without keeping the bytes. */
import { createHash } from 'node:crypto';
import type { Print } from '../cursor.ts';

/**
 * Bytes at the start of a file, and before a position, that tell one log file from another. Enough for whole lines with
 * their time stamps: the ends of an access log's lines are often alike for longer than one would think.
 */
export const HEAD_BYTES = 256;
export const TAIL_BYTES = 1024;

export const EMPTY_PRINT: Print = { length: 0, hash: '' };

export function printOf(bytes: Uint8Array): Print {
  if (bytes.length === 0) return EMPTY_PRINT;
  return { length: bytes.length, hash: createHash('sha256').update(bytes).digest('base64url') };
}

export function samePrint(a: Print, b: Print): boolean {
  return a.length === b.length && a.hash === b.hash;
}

/** A copy of the last `count` bytes of `before` followed by `after`. */
export function lastBytes(before: Uint8Array, after: Uint8Array, count: number): Buffer {
  if (after.length >= count) return Buffer.from(after.subarray(after.length - count));
  const keep = before.subarray(Math.max(0, before.length + after.length - count));
  return Buffer.concat([keep, after]);
}
