import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { whoCanWrite } from '../../src/files/who-can-write.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gapwatch-files-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (...names: string[]): string => join(folder, ...names);

it('a file of ours in folders of ours is exposed to no one', () => {
  writeFileSync(path('file'), '', { mode: 0o644 });
  expect(whoCanWrite(path('file'))).toBeNull();
});

it('a file that a group may write is exposed, with the command that mends it', () => {
  writeFileSync(path('file'), '');
  chmodSync(path('file'), 0o664);
  expect(whoCanWrite(path('file'))).toEqual({
    path: path('file'),
    because: expect.stringMatching(/^can be written by gid \d+ \(mode 0664\)$/),
    mend: ['chmod', 'go-w', path('file')],
  });
});

it('a folder above that everybody may write exposes the file', () => {
  mkdirSync(path('open/inner'), { recursive: true });
  writeFileSync(path('open/inner/file'), '');
  chmodSync(path('open'), 0o777);
  expect(whoCanWrite(path('open/inner/file'))).toMatchObject({
    path: path('open'),
    because: 'can be written by everybody (mode 0777)',
  });
});

it('a sticky folder protects what a trusted user put into it, unless it is refused as such', () => {
  mkdirSync(path('sticky/inner'), { recursive: true });
  chmodSync(path('sticky'), 0o1777);
  writeFileSync(path('sticky/inner/file'), '');
  expect(whoCanWrite(path('sticky/inner/file'))).toBeNull();
  expect(whoCanWrite(path('sticky/inner/file'), { sticky: 'refuse' })?.because).toContain('everybody');
  expect(whoCanWrite(path('sticky'))?.path).toBe(path('sticky'));
});

it('an owner that is not trusted exposes the file, also through a link on the way', () => {
  mkdirSync(path('theirs'));
  writeFileSync(path('theirs/file'), '');
  symlinkSync(path('theirs'), path('way'));
  const trusted = new Set([1]);
  expect(whoCanWrite(path('theirs/file'), { trusted })?.because).toMatch(/^is owned by uid \d+$/);
  if (!isRoot) return;
  chownSync(path('theirs'), NOBODY, NOBODY);
  expect(whoCanWrite(path('way/file'))).toMatchObject({
    path: path('theirs'),
    mend: ['chown', 'root:root', path('theirs')],
  });
  chownSync(path('theirs'), 0, 0);
  lchownSync(path('way'), NOBODY, NOBODY);
  expect(whoCanWrite(path('way/file'))?.path).toBe(path('way'));
});

it('a path that does not exist throws the error of open(2)', () => {
  expect(() => whoCanWrite(path('nothing'))).toThrow(/ENOENT/);
});
