/** What an attacker of the trust decisions found: each test is one way that worked once. */
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeBundle } from '../../src/bundle/write.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-redteam-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a bundle in a folder of another user', () => {
  let home: string;
  let precious: string;
  beforeEach(() => {
    home = join(folder, 'home');
    precious = join(folder, 'precious');
    for (const path of [home, precious]) mkdirSync(path);
    for (const name of ['error.log', 'samples.ndjson']) writeFileSync(join(precious, name), 'kept');
    if (isRoot) chownSync(home, NOBODY, NOBODY);
  });

  it('has no folder of its own whose removal the user could lead to other files', async () => {
    const seen: string[] = [];
    function* content(): Generator<string> {
      seen.push(...readdirSync(home));
      yield 'a line\n';
      seen.push(...readdirSync(home));
    }
    await writeBundle(join(home, 'packed.tar.gz'), { 'error.log': content(), 'access.log': content() });
    expect(new Set(seen)).toEqual(new Set(['packed.tar.gz']));
  });

  it('removes nothing behind a link that takes the place of its folder while it is written', async () => {
    const target = join(home, 'plain');
    function* swapped(): Generator<string> {
      yield 'a line\n';
      renameSync(target, join(home, 'theirs'));
      symlinkSync(precious, target);
      throw new Error('the journal is damaged');
    }
    await expect(writeBundle(target, { 'error.log': 'x\n', 'samples.ndjson': swapped() })).rejects.toThrow('damaged');
    expect(readdirSync(precious).sort()).toEqual(['error.log', 'samples.ndjson']);
    expect(readdirSync(join(home, 'theirs'))).toEqual([]);
    expect(existsSync(target)).toBe(true);
  });
});
