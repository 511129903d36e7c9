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
import { diskReader } from '../../src/discovery/config-files.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { logFiles } from '../../src/discovery/log-files.ts';
import { openFileToRead } from '../../src/files/read-file.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';

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

describe('a file that is read', () => {
  const failure = (path: string): string => {
    try {
      openFileToRead(path);
      return 'opened';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is none of the kernel behind a link: /proc/PID/pagemap of the link’s owner has no end', () => {
    const link = join(folder, 'error.log');
    symlinkSync(`/proc/${process.pid}/pagemap`, link);
    expect(failure(link)).toContain('is a file of the kernel');
    // The follower looks beside the target of a link for what rotation made of the log.
    expect(failure(`/proc/${process.pid}/pagemap`)).toContain('is a file of the kernel');
  });

  it('is none of the kernel that a configuration includes', () => {
    expect(diskReader(systemHost(), '').read('/proc/self/environ')).toEqual({ failure: 'it is a file of the kernel' });
  });

  it('is not reached through the links of the kernel, which lead past every check', () => {
    for (const name of ['root/etc/shadow', 'cwd/package.json', 'fd/0', 'exe', 'task/1/root/etc/shadow'])
      expect(failure(`/proc/self/${name}`)).toContain('is a file of the kernel');
  });

  it('is none of the host when the process of the container has ended and its pid is one of the host’s', () => {
    expect(failure(`/proc/${process.pid}/root/etc/passwd`)).toContain('has ended');
  });

  it('has no NUL byte in its name, and a log of such a name is said to be no file', () => {
    expect(failure('/tmp/a\0b')).toContain('ENOENT');
    const text =
      'error_log "/var/log/a\0b.log";\nevents {}\nhttp { access_log "/tmp/x\0y.log"; server { listen 80; } server { listen 81; error_log /proc/1/maps; } }';
    const settings = deriveSettings(parseFragment(text), { origin: 'files', version: null, cpus: 1, prefix: '/' });
    const found = logFiles(systemHost(), settings, { pid: null, root: '' }, {});
    expect(found).toMatchObject({ errorLogs: [], accessLogs: [] });
    const reasons = found.notObservable.map(({ because }) => because);
    expect(reasons.filter((because) => because === 'its name holds a NUL byte')).toHaveLength(2);
    expect(reasons).toContain('it is a file of the kernel');
  });
});
