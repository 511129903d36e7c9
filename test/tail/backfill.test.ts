/** Rotated generations, read oldest first, compressed or not. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfill } from '../../src/tail/backfill.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapwatch-backfill-'));
  const put = (name: string, bytes: Buffer | string, writtenS: number) => {
    writeFileSync(join(directory, name), bytes);
    utimesSync(join(directory, name), writtenS, writtenS);
  };
  put('app.log.3.gz', gzipSync('three\n'), 1000);
  put('app.log.2.gz', gzipSync('two a\ntwo b\n'), 2000);
  put('app.log.1', 'one\nhalf', 3000);
  put('app.log', 'live\n', 4000);
});

afterEach(() => rmSync(directory, { recursive: true }));

async function read(sinceMs: number): Promise<{ lines: string[]; files: string[] }> {
  const [lines, files]: [string[], string[]] = [[], []];
  await backfill(
    { path: join(directory, 'app.log'), sinceMs, maxLineBytes: 1024 },
    ({ bytes }) => void lines.push(...Buffer.from(bytes).toString().split('\n').slice(0, -1)),
    ({ path, bytes }) => void files.push(`${path.slice(directory.length + 1)} ${bytes}`),
  );
  return { lines, files };
}

describe('backfill', () => {
  it('delivers the generations oldest first and leaves the log itself to the follower', async () => {
    const { lines, files } = await read(0);
    expect(lines).toEqual(['three', 'two a', 'two b', 'one', 'half']);
    expect(files).toEqual(['app.log.3.gz 6', 'app.log.2.gz 12', 'app.log.1 8']);
  });

  it('goes back no further than asked', async () => {
    expect((await read(2_000_000)).lines).toEqual(['two a', 'two b', 'one', 'half']);
  });
});
