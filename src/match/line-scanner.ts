/**
 * Finds the lines of a block that match. `createPlainScanner` decides every line; `wasm/wasm-scanner.ts` skips most of
 * them. Both pass the same conformance test (test/match/line-scanner.test.ts).
 */
import type { Catalogue } from './compile-catalogue.ts';
import { MessageMatcher } from './message-matcher.ts';

/** `start` and `end` bound the line without its newline; `pattern` is the index in the catalogue. */
export type OnMatch = (pattern: number, start: number, end: number) => void;

export interface LineScanner {
  /** Room for a block of lines, which a scanner may scan without a copy. */
  space(): Buffer;
  /** Scans whole lines, the last one with or without its newline; `onMatch` is called in their order. */
  scan(bytes: Uint8Array, onMatch: OnMatch): void;
}

export type MakeScanner = (catalogue: Catalogue) => LineScanner;

export const SPACE_BYTES = 256 * 1024;
const NEWLINE = 10;
const RETURN = 13;

export function createPlainScanner(catalogue: Catalogue): LineScanner {
  const messages = new MessageMatcher(catalogue);
  return {
    space: () => Buffer.allocUnsafeSlow(SPACE_BYTES),
    scan(bytes, onMatch) {
      // Buffer's own indexOf is three times as fast as Uint8Array's.
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let start = 0; start < buffer.length; ) {
        const newline = buffer.indexOf(NEWLINE, start);
        const next = newline < 0 ? buffer.length : newline;
        const end = lineEnd(buffer, start, next);
        const pattern = messages.match(buffer, view, start, end);
        if (pattern >= 0) onMatch(pattern, start, end);
        start = next + 1;
      }
    },
  };
}

/** Where a line that ends at `newline` ends without its carriage return. */
export function lineEnd(bytes: Uint8Array, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
}
