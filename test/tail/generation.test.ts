/** Which files are copies of a generation, or hold what a record says, judged by a few bytes of each end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFileToRead } from '../../src/files/read-file.ts';
import {
  holdsRecord,
  holdsStartOf,
  identityOf,
  READ_BUFFER_BYTES,
  startGeneration,
} from '../../src/tail/follower/generation.ts';
import { EMPTY_PRINT, printOf } from '../../src/tail/follower/print.ts';

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

const bytes = Buffer.from(LINES);
const record = {
  id: 'id',
  identity: 'none',
  offset: 3000,
  head: printOf(bytes.subarray(0, 256)),
  tail: printOf(bytes.subarray(3000 - 1024, 3000)),
  lastWriteMs: 0,
};
const unread = { ...record, head: EMPTY_PRINT, tail: EMPTY_PRINT };

it.each([
  ['all that was delivered', record, LINES.slice(0, 3000), true, false],
  ['more', record, LINES, true, false],
  ['less', record, LINES.slice(0, 2999), false, true],
  ['as much as the head', record, LINES.slice(0, 256), false, true],
  ['less than the head', record, LINES.slice(0, 255), false, false],
  ['another head', record, changedAt(255), false, false],
  ['another head and less', record, changedAt(255).slice(0, 2000), false, false],
  ['another end', record, changedAt(2999), false, false],
  ['less than a file that was never read', unread, LINES.slice(0, 2000), false, false],
])('a file with %s', (_what, delivered, text, isHeld, isStart) => {
  const file = opened('log', text);
  expect([holdsRecord(file, delivered), holdsStartOf(file, delivered)]).toEqual([isHeld, isStart]);
});

it('a file that was never read is known by its identity alone', () => {
  const file = opened('log', LINES);
  expect(holdsRecord(file, { ...unread, identity: identityOf(file.stat) })).toBe(true);
});
