/** Which files are copies of a generation, judged by a few bytes of each end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFileToRead } from '../../src/files/read-file.ts';
import { READ_BUFFER_BYTES, startGeneration } from '../../src/tail/follower/generation.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-generation-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const LINES = Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join('');

function opened(name: string, text: string) {
  writeFileSync(join(folder, name), text);
  return openFileToRead(join(folder, name));
}

function changedAt(at: number): string {
  return `${LINES.slice(0, at)}#${LINES.slice(at + 1)}`;
}

it.each([
  ['the same bytes', LINES, true],
  ['its beginning', LINES.slice(0, 2000), true],
  ['a beginning shorter than the compared end', LINES.slice(0, 300), true],
  ['its bytes and more', `${LINES}more\n`, true],
  ['nothing', '', false],
  ['another first byte', changedAt(0), false],
  ['another byte at the end of the compared head', changedAt(255), false],
  ['another byte at the start of the compared end', changedAt(LINES.length - 1024), false],
  ['another last byte', changedAt(LINES.length - 1), false],
  // A copy of gigabytes costs two short reads.
  ['another byte after the compared head', changedAt(256), true],
  ['another byte before the compared end', changedAt(LINES.length - 1025), true],
])('a file with %s', (_what, text, isCopy) => {
  const generation = startGeneration(opened('log', LINES), 'id', 0, { capBytes: 1024, nowMs: 0 });
  expect(generation.read(Buffer.alloc(READ_BUFFER_BYTES), 0)).toMatchObject({ kind: 'lines', bytes: LINES.length });
  expect(generation.isCopiedIn(opened('copy', text))).toBe(isCopy);
  generation.close();
});
