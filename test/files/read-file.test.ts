import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listFolder, readTextFile, splitRoot, statPath } from '../../src/files/read-file.ts';
import { walk } from '../../src/files/walk.ts';

const NOBODY = 65534;
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gapwatch-files-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (...names: string[]): string => join(folder, ...names);
const text = (file: string): string => readTextFile(file, 1024);

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no refusal';
}

describe('a walk', () => {
  it('resolves links inside the root it is given', () => {
    mkdirSync(path('root/etc/real'), { recursive: true });
    writeFileSync(path('root/etc/real/passwd'), 'of the container');
    symlinkSync('/etc/real', path('root/link'));
    symlinkSync('../../../../../../link/passwd', path('root/etc/out'));
    const { fd, path: reached, hops } = walk('/etc/out', { root: path('root') });
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe(path('root/etc/real/passwd'));
    closeSync(fd);
    expect(reached).toBe('/etc/real/passwd');
    expect(hops.map((hop) => hop.path)).toEqual([
      '/',
      '/etc',
      '/etc/out',
      '/link',
      '/etc',
      '/etc/real',
      '/etc/real/passwd',
    ]);
  });

  it('never leaves the root by `..`', () => {
    mkdirSync(path('root'));
    writeFileSync(path('secret'), 'outside');
    expect(() => walk('/../secret', { root: path('root') })).toThrow(/ENOENT/);
    expect(() => walk('/../../../../../etc/passwd', { root: path('root') })).toThrow(/ENOENT/);
  });

  it('ends in a loop of links', () => {
    symlinkSync('b', path('a'));
    symlinkSync('a', path('b'));
    expect(() => walk(path('a'))).toThrow(/ELOOP/);
  });

  it('takes a file in the middle for no folder', () => {
    writeFileSync(path('file'), '');
    expect(() => walk(path('file/x'))).toThrow(/ENOTDIR/);
  });

  it('leaves no descriptor open', () => {
    const count = () => listFolder('/proc/self/fd').length;
    writeFileSync(path('file'), 'x');
    symlinkSync('file', path('link'));
    const before = count();
    for (let i = 0; i < 20; i++) {
      text(path('link'));
      statPath(path('link'));
      refusalOf(() => text(path('nothing')));
      refusalOf(() => text(folder));
    }
    expect(count()).toBe(before);
  });

  it('reaches what the kernel reaches', () => {
    mkdirSync(path('one/two'), { recursive: true });
    writeFileSync(path('one/two/file'), 'x');
    symlinkSync('one/./two/..//two', path('way'));
    for (const name of ['way/file', 'way/../two/file', './one//two/file']) {
      // `join` and realpathSync resolve `..` by its letters; the kernel resolves links first.
      const { fd, path: reached } = walk(`${folder}/${name}`);
      closeSync(fd);
      expect(reached).toBe(realpathSync.native(`${folder}/${name}`));
    }
  });
});

describe('what is no regular file is refused', () => {
  it('a FIFO, at once', () => {
    execFileSync('mkfifo', [path('pipe')]);
    expect(refusalOf(() => text(path('pipe')))).toBe(`${path('pipe')} is a FIFO, not a file`);
  });

  it('a device and a folder', () => {
    expect(refusalOf(() => text('/dev/zero'))).toBe('/dev/zero is a device, not a file');
    expect(refusalOf(() => text(folder))).toBe(`${folder} is a folder, not a file`);
  });

  it('a file over its bound', () => {
    writeFileSync(path('long'), 'x'.repeat(2000));
    expect(refusalOf(() => text(path('long')))).toBe(`${path('long')} is longer than 1024 bytes`);
  });
});

describe('a name in a folder that others can write', () => {
  /** As a user who owns the log folder leaves it; only root can give a folder away. */
  function stranger(): string {
    mkdirSync(path('logs'));
    writeFileSync(path('secret'), 'root only', { mode: 0o600 });
    if (process.getuid?.() === 0) chownSync(path('logs'), NOBODY, NOBODY);
    else chmodSync(path('logs'), 0o777);
    return path('logs/error.log');
  }

  it('is not followed to a file of somebody else', () => {
    const log = stranger();
    symlinkSync(path('secret'), log);
    if (process.getuid?.() === 0) lchownSync(log, NOBODY, NOBODY);
    else chmodSync(path('secret'), 0o600);
    // Without root the link and the file are ours, as is the kernel's own rule.
    const expected = process.getuid?.() === 0 ? /is reached through the link .*uid 65534 made/ : /no refusal/;
    expect(refusalOf(() => text(log))).toMatch(expected);
  });

  it('is followed to a file of the same user', () => {
    const log = stranger();
    writeFileSync(path('logs/today.log'), 'lines');
    symlinkSync('today.log', log);
    if (process.getuid?.() === 0) {
      chownSync(path('logs/today.log'), NOBODY, NOBODY);
      lchownSync(log, NOBODY, NOBODY);
    }
    expect(text(log)).toBe('lines');
  });

  it('is refused when it is a second name of somebody else’s file', () => {
    const log = stranger();
    linkSync(path('secret'), log);
    const expected = process.getuid?.() === 0 ? /has 2 names and lies in a folder that others can write/ : /no refusal/;
    expect(refusalOf(() => text(log))).toMatch(expected);
  });

  it('may be a folder link that leads elsewhere', () => {
    stranger();
    mkdirSync(path('private'));
    writeFileSync(path('private/key'), 'root only', { mode: 0o600 });
    symlinkSync(path('private'), path('logs/sub'));
    if (process.getuid?.() === 0) lchownSync(path('logs/sub'), NOBODY, NOBODY);
    const expected = process.getuid?.() === 0 ? /is reached through the link/ : /no refusal/;
    expect(refusalOf(() => text(path('logs/sub/key')))).toMatch(expected);
  });
});

describe('below /proc/PID/root', () => {
  it('is split off once', () => {
    expect(splitRoot('/proc/7/root/etc/x')).toEqual({ root: '/proc/7/root', path: '/etc/x' });
    expect(splitRoot('/proc/7/root')).toEqual({ root: '/proc/7/root', path: '/' });
    expect(splitRoot('/proc/7/rootless')).toEqual({ root: '/', path: '/proc/7/rootless' });
  });

  it('files of the kernel are refused', () => {
    expect(refusalOf(() => text(`/proc/${process.pid}/root/proc/1/environ`))).toMatch(/is a file of the kernel/);
    expect(readFileSync('/proc/self/comm', 'utf8')).toBe(text('/proc/self/comm'));
  });
});
