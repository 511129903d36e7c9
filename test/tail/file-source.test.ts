/** What the file source promises beside losing nothing: where it begins, what it says, how it names a place. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type WallTime } from '../../src/core/clock.ts';
import { createDirectoryCursorStore } from '../../src/tail/directory-cursor-store.ts';
import { createPulse } from '../../src/tail/pulse.ts';
import type { SourceState } from '../../src/tail/source.ts';
import { createFileSource, type FileSource, type FileSourceOptions } from '../../src/tail/sources/file.ts';
import { ManualTicker } from '../torture/manual-ticker.ts';

let directory: string;
let log: string;
let ticker: ManualTicker;
let got: { text: string; place: string }[];
let told: SourceState[];
let onDelivery: () => unknown;
const sources: FileSource[] = [];

function follow(options: Partial<FileSourceOptions> = {}, store = false, clock: WallTime = systemClock): FileSource {
  const pulse = createPulse(ticker, { watch: false });
  const cursors = store ? createDirectoryCursorStore(join(directory, 'state')) : null;
  const source = createFileSource(
    { path: log, ...options },
    { clock, ticker, pulse, cursors },
    {
      deliver({ bytes, generation, offset }) {
        let at = offset;
        for (const text of Buffer.from(bytes).toString().split('\n').slice(0, -1)) {
          got.push({ text, place: `${generation}@${at}` });
          at += text.length + 1;
        }
        onDelivery();
      },
      onState: (state) => void told.push(state),
    },
  );
  sources.push(source);
  return source;
}

const texts = () => got.map(({ text }) => text);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-file-'));
  mkdirSync(join(directory, 'logs'));
  log = join(directory, 'logs/app.log');
  ticker = new ManualTicker();
  got = [];
  told = [];
  onDelivery = () => {};
});

afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
  rmSync(directory, { recursive: true });
});

describe('the file source saves', () => {
  it('while it catches up, so that a kill in the middle repeats little', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join('');
    writeFileSync(log, '');
    const first = follow({}, true);
    await first.start();
    await first.stop();
    appendFileSync(log, lines);
    const killed = createFileSource(
      { path: log },
      {
        clock: systemClock,
        ticker,
        pulse: createPulse(ticker, { watch: false }),
        cursors: createDirectoryCursorStore(join(directory, 'state')),
      },
      {
        // As a process that is killed at this point: nothing after it is taken, nothing saved.
        deliver: ({ offset }) => (offset < 100_000 ? undefined : new Promise(() => undefined)),
      },
    );
    void killed.start();
    await expect
      .poll(() => readFileSync(join(directory, 'state', readdirSync(join(directory, 'state'))[0] ?? ''), 'utf8'))
      .toMatch(/"offset":[1-9]/);
    const again = follow({}, true);
    await again.start();
    expect(Number(texts()[0]?.slice(5))).toBeGreaterThan(10_000);
  });
});

describe('the file source takes for a copy', () => {
  it('what it saw empty while the next copy was written over the last one', async () => {
    writeFileSync(log, 'one\n');
    const source = follow({ fromStart: true });
    await source.start();
    appendFileSync(log, 'two\n');
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    appendFileSync(log, 'three\n');
    await source.look();
    truncateSync(`${log}.1`);
    await source.look();
    appendFileSync(log, 'four\n');
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    await source.look();
    appendFileSync(log, 'five\n');
    await source.look();
    expect(texts()).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it('nothing that was empty at first and is written to by its own', async () => {
    writeFileSync(log, 'one\n');
    const source = follow({ fromStart: true });
    await source.start();
    renameSync(log, `${log}.2`);
    writeFileSync(`${log}.1`, '');
    writeFileSync(log, 'three\n');
    await source.look();
    appendFileSync(`${log}.1`, 'two\n');
    await source.look();
    expect(texts().toSorted()).toEqual(['one', 'three', 'two']);
  });
});

describe('the file source, woken while its own file is as it was, still', () => {
  it('reads an archive that was being written', async () => {
    writeFileSync(log, 'one\n');
    const first = follow({ fromStart: true }, true);
    await first.start();
    await first.stop();
    appendFileSync(log, 'two\n');
    const archive = gzipSync(readFileSync(log));
    rmSync(log);
    writeFileSync(log, 'three\n');
    writeFileSync(`${log}.1.gz`, archive.subarray(0, 15));
    await follow({}, true).start();
    await ticker.advance(4000);
    expect(texts()).toEqual(['one', 'three']);
    writeFileSync(`${log}.1.gz`, archive);
    await ticker.advance(2000);
    await expect.poll(texts).toEqual(['one', 'three', 'two']);
  });

  it('reports that the file is back', async () => {
    writeFileSync(log, 'one\n');
    const source = follow();
    await source.start();
    await ticker.advance(2000);
    renameSync(log, join(directory, 'away.log'));
    await ticker.advance(2000);
    expect(source.state().kind).toBe('waiting');
    renameSync(join(directory, 'away.log'), log);
    await ticker.advance(2000);
    expect(source.state().kind).toBe('following');
  });

  it('notices another file of the same size and age in its place', async () => {
    writeFileSync(log, 'one\n');
    utimesSync(log, 1_800_000_000, 1_800_000_000);
    const source = follow();
    await source.start();
    await ticker.advance(2000);
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'two\n');
    utimesSync(log, 1_800_000_000, 1_800_000_000);
    await ticker.advance(2000);
    expect(texts()).toEqual(['two']);
  });
});

describe('the file source begins', () => {
  it('at the end of a file it has no position for', async () => {
    writeFileSync(log, 'old\n');
    const source = follow();
    await source.start();
    appendFileSync(log, 'new\n');
    await source.look();
    expect(texts()).toEqual(['new']);
  });

  it('at the start on request', async () => {
    writeFileSync(log, 'old\n');
    await follow({ fromStart: true }).start();
    expect(texts()).toEqual(['old']);
  });

  it('with the whole of a line that is half written then', async () => {
    writeFileSync(log, 'old\nhalf');
    const source = follow();
    await source.start();
    appendFileSync(log, ' and half\n');
    await source.look();
    expect(texts()).toEqual(['half and half']);
  });

  it('without lines that a rotated file got before, and with those it gets later', async () => {
    writeFileSync(`${log}.1`, 'old\n');
    writeFileSync(log, '');
    const source = follow();
    await source.start();
    appendFileSync(`${log}.1`, 'late\n');
    await ticker.advance(2000);
    appendFileSync(`${log}.1`, 'later\n');
    await ticker.advance(2000);
    expect(texts()).toEqual(['late', 'later']);
  });

  it('with what was written up to a second before its start by the clock of the file system', async () => {
    const startedMs = 1_800_000_000_000;
    const source = follow({}, false, { now: () => startedMs });
    await source.start();
    for (const [name, beforeMs] of [
      ['older', 1001],
      ['slack', 1000],
    ] as const) {
      writeFileSync(`${log}.${name}.1`, `${name}\n`);
      utimesSync(`${log}.${name}.1`, (startedMs - beforeMs) / 1000, (startedMs - beforeMs) / 1000);
    }
    writeFileSync(log, 'new\n');
    await source.look();
    expect(texts()).toEqual(['slack', 'new']);
  });

  it('where the last one stopped, also when the state is all that is left of it', async () => {
    writeFileSync(log, '');
    const first = follow({}, true);
    await first.start();
    appendFileSync(log, 'one\n');
    await first.stop();
    expect(readdirSync(join(directory, 'state'))).toHaveLength(1);
    appendFileSync(log, 'two\n');
    await follow({}, true).start();
    expect(texts()).toEqual(['one', 'two']);
  });
});

describe('the file source', () => {
  it('saves its position within 100 ms of the output', async () => {
    writeFileSync(log, '');
    const source = follow({}, true);
    await source.start();
    appendFileSync(log, 'one\n');
    await source.look();
    await ticker.advance(100);
    const second = follow({}, true);
    await second.start();
    expect(texts()).toEqual(['one']);
  });

  it('saves nothing of what the log says', async () => {
    writeFileSync(log, '');
    const source = follow({}, true);
    await source.start();
    appendFileSync(log, 'card of Jane X\n');
    await source.stop();
    const [file] = readdirSync(join(directory, 'state'));
    const state = readFileSync(join(directory, 'state', file ?? ''), 'utf8');
    expect(state).toContain('"offset":15');
    // Digits would stand in an inode's birth time one day.
    expect(state).not.toMatch(/card|Jane/);
  });

  it('says that the position cannot be saved, goes on, and takes it back when it can', async () => {
    writeFileSync(log, '');
    const source = follow({}, true);
    await source.start();
    rmSync(join(directory, 'state'), { recursive: true });
    appendFileSync(log, 'one\n');
    await ticker.advance(2000);
    expect(source.state().trouble).toContain('position not saved');
    mkdirSync(join(directory, 'state'));
    appendFileSync(log, 'two\n');
    await ticker.advance(2000);
    expect(source.state().trouble).toBeNull();
    expect(texts()).toEqual(['one', 'two']);
  });

  it('gives a half line of a rotated file out only after the linger time, and then lets the file go', async () => {
    writeFileSync(log, '');
    const source = follow({ lingerMs: 30_000 });
    await source.start();
    appendFileSync(log, 'half');
    await source.look();
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'new\n');
    await ticker.advance(29_000);
    expect(texts()).toEqual(['new']);
    await ticker.advance(4_000);
    expect(texts()).toEqual(['new', 'half']);
    appendFileSync(`${log}.1`, 'too late\n');
    await ticker.advance(4_000);
    expect(texts()).toEqual(['new', 'half']);
  });

  it('gives no place twice, not even when the same inode starts over', async () => {
    writeFileSync(log, '');
    const source = follow();
    await source.start();
    for (let turn = 0; turn < 4; turn++) {
      appendFileSync(log, `turn ${turn}\nsecond\n`);
      await source.look();
      truncateSync(log);
    }
    await source.look();
    expect(texts()).toHaveLength(8);
    expect(new Set(got.map(({ place }) => place)).size).toBe(8);
    expect(source.state().counters.truncations).toBe(4);
  });

  it('gives a line of a copy the place it has in the original', async () => {
    writeFileSync(log, '');
    const source = follow();
    await source.start();
    appendFileSync(log, 'one\n');
    await source.look();
    appendFileSync(log, 'two\n');
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    await source.look();
    expect(texts()).toEqual(['one', 'two']);
    expect(got[1]?.place).toBe(got[0]?.place.replace(/@0$/, '@4'));
  });

  it('repeats after a kill only what it had not saved, and under the same place', async () => {
    writeFileSync(log, 'old\n');
    const first = follow({}, true);
    await first.start();
    appendFileSync(log, 'one\n');
    await first.look();
    await follow({}, true).start();
    expect(texts()).toEqual(['one', 'one']);
    expect(got[1]?.place).toBe(got[0]?.place);
  });

  it('reports that the file is absent, that it follows, and that it was rotated', async () => {
    const source = follow();
    await source.start();
    writeFileSync(log, 'one\n');
    await ticker.advance(2000);
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'two\n');
    await ticker.advance(2000);
    unlinkSync(log);
    await ticker.advance(2000);
    expect(told.map(({ kind }) => kind)).toEqual(['waiting', 'following', 'following', 'waiting']);
    expect(source.state().counters).toMatchObject({ rotations: 1, lines: 2, bytes: 8, lostBytes: 0 });
    expect(source.state().detail).toBe('no such file; the file it named before is still read');
  });

  it('looks for a file that is absent once a poll, not all the time', async () => {
    await follow().start();
    const timers = vi.spyOn(ticker, 'after');
    await ticker.advance(10_000);
    // One timer for each of the 100 polls, which come faster where nothing is watched.
    expect(timers.mock.calls.length).toBeGreaterThan(90);
    expect(timers.mock.calls.length).toBeLessThan(110);
  });

  it('counts a line it had to cut and keeps the next', async () => {
    writeFileSync(log, '');
    const source = follow({ maxLineBytes: 1024 });
    await source.start();
    appendFileSync(log, `${'x'.repeat(5000)}\nnext\n`);
    await source.look();
    expect(texts()).toEqual(['x'.repeat(1024), 'next']);
    expect(source.state().counters.cappedLines).toBe(1);
  });

  it('stops in time although much is left, and reads on from there at the next start', async () => {
    writeFileSync(log, '');
    const source = follow({ drainMs: 1000 }, true);
    await source.start();
    appendFileSync(log, 'line\n'.repeat(400_000));
    // Each chunk takes its reader 600 ms.
    onDelivery = () => ticker.advance(600);
    await source.stop();
    onDelivery = () => {};
    const early = got.length;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(300_000);
    const next = follow({}, true);
    await next.start();
    expect(got.length).toBe(400_000);
    expect(new Set(got.map(({ place }) => place)).size).toBe(400_000);
  });

  it('refuses a directory of that name with a sentence, and reads the file that takes its place', async () => {
    mkdirSync(log);
    const source = follow();
    await source.start();
    expect(source.state()).toMatchObject({ kind: 'refused', detail: `${log} is a folder, not a file` });
    rmSync(log, { recursive: true });
    expect(existsSync(log)).toBe(false);
    writeFileSync(log, 'one\n');
    await ticker.advance(2000);
    expect(texts()).toEqual(['one']);
  });
});
