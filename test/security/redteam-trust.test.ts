/** What an attacker of the trust decisions found: each test is one way that worked once. */

import { once } from 'node:events';
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
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskReader } from '../../src/discovery/config-files.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { logFiles } from '../../src/discovery/log-files.ts';
import { mayAskListener } from '../../src/discovery/trust.ts';
import { openFileToRead } from '../../src/files/read-file.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { createHost } from '../../src/probe/host.ts';
import { listeningSockets } from '../../src/probe/listening-sockets.ts';
import { writeBundle } from '../../src/replay/bundle/write.ts';
import { startReady } from './support/c-program.ts';

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
    const found = logFiles(systemHost(), settings, { pid: null, root: '', uid: null }, {});
    expect(found).toMatchObject({ errorLogs: [], accessLogs: [] });
    const reasons = found.notObservable.map(({ because }) => because);
    expect(reasons.filter((because) => because === 'its name holds a NUL byte')).toHaveLength(2);
    expect(reasons).toContain('it is a file of the kernel');
  });
});

describe('a status page', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const listen = async (...where: [string] | [number, string]): Promise<number> => {
    const server = createServer((socket) => socket.destroy());
    servers.push(server.listen(...(where as [string])));
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const NONE = AbortSignal.timeout(20_000);
  /** This process stands for nginx. */
  const own = { masterPid: process.pid, settings: null };

  it('is asked at a unix socket only where no other user can put another one in its place', async () => {
    const path = join(folder, 'status.sock');
    await listen(path);
    const asked = { kind: 'unix', path, tls: false } as const;
    expect(await mayAskListener(createHost(), own, asked, NONE)).toMatchObject({ allowed: true });
    if (!isRoot) return;
    chownSync(folder, NOBODY, NOBODY);
    const { allowed, reason } = await mayAskListener(createHost(), own, asked, NONE);
    expect(allowed).toBe(false);
    expect(reason).toContain('may be any socket: ');
  });

  it.runIf(isRoot)(
    'has no queue that another user fills under the same name in a mount namespace of his own',
    async () => {
      const path = join(folder, 'status.sock');
      await listen(path);
      const queued = async () =>
        (await listeningSockets(createHost(), process.pid, null, NONE)).find(
          ({ address }) => address === `unix:${path}`,
        );
      expect((await queued())?.queued).toBe(0);
      const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('ready'))`;
      const hidden = 'mount -t tmpfs none "$1" && exec "$2" -e "$3"';
      const child = await startReady([
        'unshare',
        '--mount',
        'sh',
        '-c',
        hidden,
        'sh',
        folder,
        process.execPath,
        script,
      ]);
      try {
        expect((await queued())?.queued).toBeNull();
      } finally {
        child.kill('SIGKILL');
      }
    },
  );

  it('is asked when nginx has ended only at the very sockets of its workers', async () => {
    const port = await listen(0, '127.0.0.1');
    const asked = { kind: 'tcp', host: '127.0.0.1', port, tls: false } as const;
    const { inodes } = await mayAskListener(createHost(), own, asked, NONE);
    expect(inodes).toHaveLength(1);
    const ended = { masterPid: null, settings: null, listened: inodes };
    expect(await mayAskListener(createHost(), ended, asked, NONE)).toMatchObject({ allowed: true });
    servers.pop()?.close();
    await listen(port, '127.0.0.1');
    const { allowed, reason } = await mayAskListener(createHost(), ended, asked, NONE);
    expect(allowed).toBe(false);
    expect(reason).toContain('belongs to another process');
  });
});
