import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  createReadStream,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendToPrivateFile, makePrivateFolder, writePrivateFile } from '../../src/files/private-file.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gapwatch-private-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (...names: string[]): string => join(folder, ...names);
const modeOf = (file: string): number => statSync(file).mode & 0o777;

async function append(file: string, text: string): Promise<void> {
  const stream = appendToPrivateFile(file);
  stream.end(text);
  await finished(stream);
}

/** A folder of another user, as a home is; without root the sticky folder of everybody must do. */
function foreignFolder(): string {
  mkdirSync(path('theirs'), { mode: 0o755 });
  if (isRoot) chownSync(path('theirs'), NOBODY, NOBODY);
  else chmodSync(path('theirs'), 0o777);
  return path('theirs');
}

describe('a private file', () => {
  it('is made with mode 0600, whatever the umask, and a looser one is mended', async () => {
    writePrivateFile(path('new'), 'one');
    expect(modeOf(path('new'))).toBe(0o600);
    chmodSync(path('new'), 0o644);
    await append(path('new'), ' two');
    expect(modeOf(path('new'))).toBe(0o600);
    expect(readFileSync(path('new'), 'utf8')).toBe('one two');
    writePrivateFile(path('new'), '3');
    expect(readFileSync(path('new'), 'utf8')).toBe('3');
  });

  it('is not reached through a link in a folder that others can write', () => {
    const theirs = foreignFolder();
    writeFileSync(path('victim'), 'secret');
    symlinkSync(path('victim'), join(theirs, 'link'));
    if (isRoot) lchownSync(join(theirs, 'link'), NOBODY, NOBODY);
    const planted = /is a symbolic link that others could have made/;
    expect(() => writePrivateFile(join(theirs, 'link'), 'x')).toThrow(planted);
    expect(() => appendToPrivateFile(join(theirs, 'link'))).toThrow(planted);
    symlinkSync(path('missing'), join(theirs, 'dangling'));
    expect(() => writePrivateFile(join(theirs, 'dangling'), 'x')).toThrow('EEXIST');
    mkdirSync(path('inner'));
    symlinkSync(path('inner'), join(theirs, 'way'));
    expect(() => writePrivateFile(join(theirs, 'way/new'), 'x')).toThrow(/symbolic link/);
    expect(readFileSync(path('victim'), 'utf8')).toBe('secret');
  });

  it('may be reached through a link of ours in a folder of ours', () => {
    mkdirSync(path('real'));
    symlinkSync('real', path('link'));
    writePrivateFile(path('link/file'), 'x');
    expect(readFileSync(path('real/file'), 'utf8')).toBe('x');
  });

  it('with a second name is left alone', () => {
    writeFileSync(path('victim'), 'secret');
    linkSync(path('victim'), path('second'));
    expect(() => writePrivateFile(path('second'), 'x')).toThrow(/has 2 names/);
    expect(readFileSync(path('victim'), 'utf8')).toBe('secret');
  });

  it('of another user is refused', () => {
    writeFileSync(path('file'), '');
    // Only root can give a file away.
    if (!isRoot) return;
    chownSync(path('file'), NOBODY, NOBODY);
    expect(() => writePrivateFile(path('file'), 'x')).toThrow(`${path('file')} belongs to uid 65534`);
    expect(() => appendToPrivateFile(path('file'))).toThrow(/belongs to uid/);
  });

  it('is neither a folder nor a socket, and a whole file is no stream', () => {
    expect(() => appendToPrivateFile(folder)).toThrow(/is a folder/);
    execFileSync('mkfifo', [path('pipe')]);
    expect(() => writePrivateFile(path('pipe'), 'x')).toThrow(/is not a regular file/);
  });

  it('may be a FIFO of ours whose reader comes later', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    const stream = appendToPrivateFile(path('pipe'));
    stream.write('early\n');
    const [text] = await once(createReadStream(path('pipe'), 'utf8'), 'data');
    expect(text).toBe('early\n');
    stream.end();
    await finished(stream);
  });
});

describe('a private folder', () => {
  it('is made with those above it, with mode 0700', () => {
    makePrivateFolder(path('a/b/c'));
    expect(['a', 'a/b', 'a/b/c'].map((name) => modeOf(path(name)))).toEqual([0o700, 0o700, 0o700]);
    makePrivateFolder(path('a/b/c'));
  });

  it('is not made through a link that others could have made, nor where there can be none', () => {
    const theirs = foreignFolder();
    mkdirSync(path('target'));
    symlinkSync(path('target'), join(theirs, 'way'));
    expect(() => makePrivateFolder(join(theirs, 'way/new'))).toThrow(/symbolic link/);
    writeFileSync(path('file'), '');
    expect(() => makePrivateFolder(path('file/new'))).toThrow(/ENOTDIR/);
    expect(() => makePrivateFolder(path('file'))).toThrow(/not a folder/);
    expect(() => makePrivateFolder('/proc/gapwatch/new')).toThrow(/ENOENT/);
  });
});
