import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock } from '../../../src/core/clock.ts';
import { GapwatchError } from '../../../src/core/errors.ts';
import type { Cursor, CursorStore } from '../../../src/tail/cursor.ts';
import { createDirectoryCursorStore } from '../../../src/tail/directory-cursor-store.ts';
import { createPulse } from '../../../src/tail/pulse.ts';
import { createFileSource } from '../../../src/tail/sources/file.ts';
import { systemTicker } from '../../../src/tail/ticker.ts';
import { assert } from '../invariants.ts';
import { mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const LOG = 'one\ntwo\nthree\n';
const print = (length: number) => ({ length, hash: 'h' });
const record = (offset: number): Cursor['open'][number] => ({
  id: 'a',
  identity: '1:2:3',
  offset,
  head: print(offset),
  tail: print(offset),
  lastWriteMs: 2,
});
const cursor = (over: Partial<Cursor>): Cursor => ({
  version: 1,
  path: '/var/log/nginx/error.log',
  sinceMs: 1,
  open: [record(4)],
  closed: [],
  directories: [],
  targets: [],
  ...over,
});
const CURSORS = [
  cursor({}),
  cursor({ open: [], closed: [record(14), record(0)] }),
  cursor({
    open: [record(9_000_000_000)],
    directories: ['/nonexistent', '..', '/proc/self'],
    targets: ['/nonexistent/a.log'],
  }),
].map((value) => JSON.stringify(value));

interface Input {
  readonly text: string;
}

/** What is there, or one documented refusal that names the place. */
function loaded(store: CursorStore, key: string): Cursor | null {
  try {
    return store.load(key);
  } catch (error) {
    assert(error instanceof GapwatchError && error.code === 'STORE', `refused with ${String(error)}`);
    assert(error.hint !== null && error.message.includes(key), `the refusal names no place: ${error.message}`);
    return null;
  }
}

/** Follows a log from this position: no byte that the log does not have is delivered, and none twice. */
async function follow(path: string, store: CursorStore): Promise<void> {
  const pulse = createPulse(systemTicker, { pollMs: 10 });
  let delivered = '';
  const source = createFileSource(
    { path, fromStart: true, lingerMs: 0, maxLineBytes: 1024 },
    { clock: systemClock, ticker: systemTicker, pulse, cursors: store },
    {
      deliver({ bytes }) {
        delivered += Buffer.from(bytes).toString('latin1');
      },
    },
  );
  await source.start();
  await source.stop();
  assert(LOG.endsWith(delivered), `delivered ${JSON.stringify(delivered)}`);
}

async function check({ text }: Input): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-fuzz-cursor-'));
  try {
    const path = join(folder, 'error.log');
    writeFileSync(path, LOG);
    const positions = join(folder, 'state');
    // Only the store knows how it calls the file.
    createDirectoryCursorStore(positions).save(path, cursor({ path }));
    const [name = ''] = readdirSync(positions);
    writeFileSync(join(positions, name), text.replaceAll('/var/log/nginx/error.log', path));
    const store = createDirectoryCursorStore(positions);
    if (loaded(store, path) !== null) await follow(path, createDirectoryCursorStore(positions));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const target = defineTarget<Input>({
  about: 'saved positions of a follower, as found on disk → load → follow',
  inputs: fc.record({
    text: mutated(CURSORS, { tokens: [...TOKENS, 'null', '[]', '{}', '1e300', '-0', '"', '\\u0000'] }),
  }),
  ofText: (text) => ({ text: `${CURSORS[0]?.slice(0, -1)},"targets":["${text}"]}` }),
  // The watch of a folder and the spare descriptors stay open for the process.
  prepare: () => check({ text: CURSORS[0] ?? '' }),
  check,
});
