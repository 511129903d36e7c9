/** A bundle is written as root into folders where others may write: only as something new, and for our eyes alone. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundleFiles, readText } from '../../src/replay/bundle/files.ts';
import { writeBundle } from '../../src/replay/bundle/write.ts';

let folder: string;
let mask: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-write-'));
  mask = process.umask(0);
});
afterEach(() => {
  process.umask(mask);
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const CONTENT = { 'error.log': 'a line\n', 'facts.json': '{}' };

describe('a bundle', () => {
  it('is for our eyes only, as a folder and as an archive, whatever the umask', async () => {
    await writeBundle(join(folder, 'plain'), CONTENT);
    await writeBundle(join(folder, 'packed.tar.gz'), CONTENT);
    expect(['plain', 'plain/error.log', 'packed.tar.gz'].map((name) => modeOf(join(folder, name)))).toEqual([
      '700',
      '600',
      '600',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['packed.tar.gz', 'plain']);
  });

  it.each(['packed.tar.gz', 'plain/error.log'])('is never written through a planted link: %s', async (name) => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(folder, 'plain'), { mode: 0o700 });
    symlinkSync(victim, join(folder, name));
    const target = join(folder, name.replace(/\/.*/, ''));
    await expect(writeBundle(target, CONTENT)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('does not replace what is there', async () => {
    writeFileSync(join(folder, 'packed.tar.gz'), 'older');
    await expect(writeBundle(join(folder, 'packed.tar.gz'), CONTENT)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(folder, 'packed.tar.gz'), 'utf8')).toBe('older');
  });

  it('is not put into a folder that others can write to, or that is theirs', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    await expect(writeBundle(open, CONTENT)).rejects.toThrow('can be written by others');
    if (process.getuid?.() === 0) {
      const foreign = join(folder, 'foreign');
      mkdirSync(foreign, { mode: 0o755 });
      chownSync(foreign, 65534, 65534);
      await expect(writeBundle(foreign, CONTENT)).rejects.toThrow('belongs to uid 65534');
    }
  });

  it('leaves nothing behind when its content cannot be had', async () => {
    function* broken(): Generator<string> {
      yield 'a line\n';
      throw new Error('the journal is damaged');
    }
    for (const name of ['plain', 'packed.tar.gz']) {
      await expect(writeBundle(join(folder, name), { 'samples.ndjson': broken() })).rejects.toThrow('damaged');
      expect(existsSync(join(folder, name))).toBe(false);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is written as it comes: 300 MB of samples need no memory', async () => {
    const line = `${'x'.repeat(1023)}\n`;
    function* samples(): Generator<string> {
      for (let i = 0; i < 300 * 1024; i++) yield line;
    }
    const before = process.memoryUsage.rss();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 20);
    const [written] = await writeBundle(join(folder, 'packed.tar.gz'), { 'samples.ndjson': samples() });
    clearInterval(watch);
    expect(written).toEqual({ name: 'samples.ndjson', bytes: 300 * 1024 * 1024 });
    expect((peak - before) / 1024 ** 2).toBeLessThan(150);
    const [file] = await openBundleFiles(join(folder, 'packed.tar.gz'));
    expect(file?.sizeBytes).toBe(300 * 1024 * 1024);
    expect(file === undefined ? '' : await readText(file)).toBeNull();
  }, 120_000);
});
