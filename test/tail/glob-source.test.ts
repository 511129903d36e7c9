/** Which files a pattern matches, and that logs that come later are followed from their start. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { globFiles } from '../../src/tail/glob-files.ts';
import { createPulse, type Pulse } from '../../src/tail/pulse.ts';
import type { LogSource } from '../../src/tail/source.ts';
import { createFileSource } from '../../src/tail/sources/file.ts';
import { createGlobSource } from '../../src/tail/sources/glob.ts';
import { systemTicker } from '../../src/tail/ticker.ts';

let directory: string;
let source: LogSource | null = null;
const at = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-glob-'));
});

afterEach(async () => {
  await source?.stop();
  rmSync(directory, { recursive: true });
});

function follow(pattern: string, got: string[]): LogSource {
  const pulse: Pulse = createPulse(systemTicker, { pollMs: 100 });
  return createGlobSource(pattern, pulse, (path, isNew) =>
    createFileSource(
      { path, fromStart: isNew },
      { clock: systemClock, ticker: systemTicker, pulse, cursors: null },
      { deliver: ({ bytes }) => void got.push(...Buffer.from(bytes).toString().split('\n').slice(0, -1)) },
    ),
  );
}

describe('globFiles', () => {
  it('finds logs in every directory that matches, not their rotated generations', () => {
    for (const site of ['a', 'b']) {
      mkdirSync(at(site));
      for (const name of ['access.log', 'access.log.1', 'access.log.2.gz', 'error.log-20260101', 'error.log'])
        writeFileSync(at(`${site}/${name}`), '');
    }
    mkdirSync(at('a/directory.log'));
    const names = globFiles(at('?/*.log*')).map((path) => path.slice(directory.length + 1));
    expect(names).toEqual(['a/access.log', 'a/error.log', 'b/access.log', 'b/error.log']);
  });

  it('does not take a generation for a log while the log itself is away', () => {
    writeFileSync(at('access.log.1'), '');
    expect(globFiles(at('access*'), [at('access.log')])).toEqual([]);
  });
});

describe('the glob source', () => {
  it('follows what is there from its end and what comes later from its start', async () => {
    const got: string[] = [];
    writeFileSync(at('one.log'), 'old\n');
    source = follow(at('*.log'), got);
    await source.start();
    appendFileSync(at('one.log'), 'one\n');
    await vi.waitFor(() => expect(got).toEqual(['one']));
    writeFileSync(at('two.log'), 'two\n');
    await vi.waitFor(() => expect(got).toEqual(['one', 'two']));
    expect(source.state()).toMatchObject({ kind: 'following', detail: '2 files', counters: { lines: 2 } });
  });

  it('waits while nothing matches, and stops with all its files', async () => {
    const got: string[] = [];
    source = follow(at('*.log'), got);
    await source.start();
    expect(source.state().kind).toBe('waiting');
    writeFileSync(at('late.log'), 'late\n');
    await vi.waitFor(() => expect(got).toEqual(['late']));
    appendFileSync(at('late.log'), 'last\n');
    await source.stop();
    expect(got).toEqual(['late', 'last']);
    expect(source.state()).toMatchObject({ kind: 'stopped', counters: { lines: 2 } });
  });
});
