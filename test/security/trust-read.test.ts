/** What may be read: nothing outside a container's root, and no file that a user could only reach through us. Root only. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { type DiscoveryHost, systemHost } from '../../src/discovery/host.ts';
import { readTextFile } from '../../src/files/read-file.ts';
import { openedOrNull } from '../../src/tail/follower/archive.ts';
import { CHANGE_ROOT, compile, startReady } from './support/c-program.ts';

const NOBODY = 65534;
const SECRET = 'root:$6$secret-of-the-host';
let folder = '';
let rootfs = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-read-'));
  chmodSync(folder, 0o755);
  rootfs = join(folder, 'rootfs');
  for (const name of ['etc/nginx/conf.d', 'var/log/nginx', 'dev']) mkdirSync(join(rootfs, name), { recursive: true });
  writeFileSync(join(folder, 'shadow'), `${SECRET}\n`, { mode: 0o600 });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // Until the last of them has ended it may put a file there.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const inRoot = (path: string): string => join(rootfs, path);

/** A process in a mount namespace and a root of its own, titled like a master: what a container shows. */
async function container(): Promise<{ readonly pid: number; readonly host: DiscoveryHost }> {
  const program = compile(folder, 'change-root', CHANGE_ROOT);
  const title = 'nginx: master process nginx -g daemon off;';
  const child = await startReady(['unshare', '--mount', 'bash', '-c', 'exec -a "$0" "$@"', title, program, rootfs]);
  children.push(child);
  const pid = child.pid ?? 0;
  const host = systemHost();
  const list: DiscoveryHost['list'] = (path) => (path === '/proc' ? { names: [String(pid)] } : host.list(path));
  return { pid, host: { ...host, list } };
}

describe.runIf(process.getuid?.() === 0)('files of a container', () => {
  it('are read inside its root, whatever its links say', async () => {
    const secret = join(folder, 'shadow');
    const lines = ['error_log /var/log/nginx/error.log;', 'events {}', 'http {', 'include conf.d/*.conf;', '}'];
    writeFileSync(inRoot('etc/nginx/nginx.conf'), lines.join('\n'));
    symlinkSync(secret, inRoot('etc/nginx/conf.d/absolute.conf'));
    symlinkSync('../../../../shadow', inRoot('etc/nginx/conf.d/relative.conf'));
    symlinkSync('/etc/nginx/real', inRoot('etc/nginx/conf.d/inside.conf'));
    writeFileSync(inRoot('etc/nginx/real'), 'keepalive_timeout 7s;');
    symlinkSync(secret, inRoot('var/log/nginx/error.log'));
    const { pid, host } = await container();
    const found = await discover({}, host);
    expect(found.nginx).toMatchObject({ masterPid: pid, standing: 'container', root: `/proc/${pid}/root` });
    expect(found.settings?.keepaliveTimeoutMs.value).toBe(7000);
    expect(JSON.stringify(found)).not.toContain(SECRET);
    const [log = ''] = found.errorLogs;
    expect(log).toBe(`/proc/${pid}/root/var/log/nginx/error.log`);
    expect(() => readTextFile(log, 1000)).toThrow(/ENOENT/);
  });

  it('that never end, or block, are refused with a sentence', async () => {
    writeFileSync(inRoot('etc/nginx/nginx.conf'), 'events {}\nhttp { include conf.d/*.conf; }');
    execFileSync('mkfifo', [inRoot('etc/nginx/conf.d/a.conf')]);
    execFileSync('mknod', [inRoot('etc/nginx/conf.d/b.conf'), 'c', '1', '5']);
    mkdirSync(inRoot('etc/nginx/conf.d/c.conf'));
    execFileSync('truncate', ['-s', '10G', inRoot('etc/nginx/conf.d/d.conf')]);
    const { host } = await container();
    const because = (await discover({}, host)).notObservable.map((one) => one.because);
    for (const reason of [
      /a\.conf is a FIFO/,
      /b\.conf is a device/,
      /c\.conf is a folder/,
      /d\.conf:1: more than 16777216 characters/,
    ])
      expect(because.filter((one) => reason.test(one))).toHaveLength(1);
  });
});

describe.runIf(process.getuid?.() === 0)('a log in a folder of another user', () => {
  /** Flips the name between a file of nobody and a link to the secret as fast as it can, as nobody. */
  function flipping(log: string): void {
    const script = `while :; do ln -sfn ${folder}/shadow ${log}.new; mv -fT ${log}.new ${log}; echo own > ${log}.new2; mv -fT ${log}.new2 ${log}; done`;
    const words = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script];
    children.push(spawn('setpriv', words, { stdio: 'ignore' }));
  }

  it('never gives a root-only file away, although its name changes while it is opened', async () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    chownSync(logs, NOBODY, NOBODY);
    flipping(join(logs, 'error.log'));
    const seen = new Map<string, number>();
    const note = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    // Until both have been met often: the file itself and the link.
    for (let i = 0; i < 200_000 && ((seen.get('own') ?? 0) < 50 || (seen.get('link') ?? 0) < 50); i++) {
      try {
        note(readTextFile(join(logs, 'error.log'), 1000).includes(SECRET) ? 'secret' : 'own');
      } catch (error) {
        note(/is reached through the link/.test((error as Error).message) ? 'link' : 'other');
      }
    }
    expect(seen.get('secret')).toBeUndefined();
    expect(seen.get('own')).toBeGreaterThanOrEqual(50);
    expect(seen.get('link')).toBeGreaterThanOrEqual(50);
  }, 60_000);

  it('is a blind spot that discovery names, with the command that shows why', async () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    symlinkSync(join(folder, 'shadow'), join(logs, 'error.log'));
    chownSync(logs, NOBODY, NOBODY);
    lchownSync(join(logs, 'error.log'), NOBODY, NOBODY);
    writeFileSync(join(folder, 'nginx.conf'), `error_log ${logs}/error.log; events {} http { access_log off; }`);
    const { notObservable } = await discover({ config: join(folder, 'nginx.conf'), pidFile: '/nowhere' }, systemHost());
    expect(notObservable).toContainEqual({
      what: `the log ${logs}/error.log`,
      because: expect.stringMatching(/is reached through the link .* which uid 65534 made/),
      remedy: expect.stringContaining(`ls -ld ${logs}/ ${logs}/error.log`),
    });
  });

  it('has no rotated generations that lead elsewhere', () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    writeFileSync(join(logs, 'error.log'), '');
    symlinkSync(join(folder, 'shadow'), join(logs, 'error.log.1'));
    chownSync(logs, NOBODY, NOBODY);
    lchownSync(join(logs, 'error.log.1'), NOBODY, NOBODY);
    expect(openedOrNull(join(logs, 'error.log.1'))).toBeNull();
  });
});
