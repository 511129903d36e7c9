/**
 * Reads the lines of a JSON-lines file one at a time, in bounded memory. Skips and counts lines that are too long for
 * one object.
 */

import type { BundleFile } from './files.ts';

export interface NumberedLine {
  /** 1-based line number. */
  readonly number: number;
  readonly text: string;
}

/** Samples of the largest hosts have a few hundred KiB. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Skips empty lines; `onTooLong` receives the number of each skipped long line. */
export async function* numberedLines(
  file: BundleFile,
  onTooLong: (number: number) => void,
): AsyncGenerator<NumberedLine> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  function take(): string {
    if (length > MAX_LINE_BYTES) onTooLong(number);
    const text = length > MAX_LINE_BYTES ? '' : Buffer.concat(parts).toString('utf8').trim();
    parts = [];
    length = 0;
    return text;
  }
  for await (const chunk of file.chunks()) {
    for (let from = 0; from < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, from);
      const piece = chunk.subarray(from, newline < 0 ? chunk.length : newline);
      length += piece.length;
      if (length <= MAX_LINE_BYTES) parts.push(piece);
      else parts = [];
      if (newline < 0) break;
      const text = take();
      if (text !== '') yield { number, text };
      number++;
      from = newline + 1;
    }
  }
  const text = take();
  if (text !== '') yield { number, text };
}
