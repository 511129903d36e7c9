/**
 * Ways that an attacker found to become the watched nginx, or to hide that it is down, although a title alone does not do.
 * Where processes of other users and namespaces are made for real, root is needed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { type DiscoveryHost, systemHost } from '../../src/discovery/host.ts';
import { findMasters } from '../../src/discovery/masters.ts';
import { maySucceed, trustOfMaster } from '../../src/discovery/trust.ts';
import { fakeHost, masterFiles } from '../discovery/fake-host.ts';
import { compile, startReady } from './support/c-program.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
/** `btime` of /proc/stat, s; start times below are ticks of 10 ms after it. */
const BOOT = 1_000_000;
const SYSTEM = { '/proc/stat': `cpu 1\nbtime ${BOOT}\n`, '/proc/1/cmdline': 'init\0' };

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-redteam-'));
  chmodSync(folder, 0o755);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** This machine, as if it had these processes only. */
function only(...pids: readonly number[]): DiscoveryHost {
  const host = systemHost();
  return { ...host, list: (path) => (path === '/proc' ? { names: pids.map(String) } : host.list(path)) };
}

describe('a pid file of root', () => {
  const find = (modifiedAtMs: number) => {
    const files = { ...SYSTEM, ...masterFiles(7, 'nginx', 500, NOBODY), '/run/web.pid': '7\n' };
    return discover({ pidFile: '/run/web.pid' }, fakeHost({ files, modifiedAtMs: { '/run/web.pid': modifiedAtMs } }));
  };

  it('that a killed nginx left behind does not name the process that has its pid now', async () => {
    const found = await find((BOOT - 3600) * 1000);
    expect(found.nginx).toBeNull();
    expect(found.notObservable[0]?.because).toContain('process 7 is not trusted: it runs as uid 65534');
  });

  it('names an nginx of another user that ran when it was written', async () => {
    expect((await find((BOOT + 60) * 1000)).nginx?.masterPid).toBe(7);
  });
});

describe('nginx.config', () => {
  const find = (owner: number) => {
    const files = { ...SYSTEM, ...masterFiles(7, 'nginx', 500, NOBODY), '/etc/nginx/nginx.conf': 'events {}\n' };
    return discover(
      { config: '/etc/nginx/nginx.conf' },
      fakeHost({ files, owners: { '/etc/nginx/nginx.conf': owner } }),
    );
  };

  it('of root names no process of another user, which may be titled with any file', async () => {
    expect((await find(0)).nginx).toBeNull();
    expect((await find(0)).notes[0]).toContain('pid 7: it runs as uid 65534');
  });

  it('of a user names the nginx of that user', async () => {
    expect((await find(NOBODY)).nginx?.masterPid).toBe(7);
  });
});

describe('a process in a mount namespace that root made', () => {
  const machine = (uid: number, pids: string, ticks = 500) => ({
    files: {
      ...SYSTEM,
      ...masterFiles(7, 'nginx', ticks, uid),
      '/proc/7/status': `Uid:\t${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t${pids}\n`,
    },
    links: { '/proc/7/ns/mnt': 'mnt:[2]' },
  });
  const standing = async (uid: number, pids: string) => {
    const host = fakeHost(machine(uid, pids));
    const [master] = (await findMasters(host)).masters;
    return master === undefined ? null : trustOfMaster(host, master).standing;
  };

  it('and that shares our processes is a service with PrivateTmp=, or snap’s: another user’s is a stranger', async () => {
    expect(await standing(33, '7')).toBe('stranger');
    expect(await standing(0, '7')).toBe('container');
  });

  it('and that has a PID namespace is a container’s: the image that runs as uid 101 is watched', async () => {
    expect(await standing(101, '7\t1')).toBe('container');
  });

  it('of root comes before an older one of another user', async () => {
    const older = machine(33, '7\t5', 100);
    const roots = { ...masterFiles(8, 'nginx', 900), '/proc/8/status': 'Uid:\t0\t0\t0\t0\nNSpid:\t8\t1\n' };
    const links = { ...older.links, '/proc/8/ns/mnt': 'mnt:[2]' };
    const found = await discover({}, fakeHost({ files: { ...older.files, ...roots }, links }));
    expect(found.nginx?.masterPid).toBe(8);
  });
});

it('a container’s nginx is followed by one of root or of the same user, not by another user’s in there', () => {
  const container = (uid: number) => ({ standing: 'container', uid }) as const;
  expect(maySucceed(container(0), container(33))).toBe(false);
  expect(maySucceed(container(101), container(33))).toBe(false);
  expect(maySucceed(container(101), container(101))).toBe(true);
  expect(maySucceed(container(101), container(0))).toBe(true);
  expect(maySucceed(container(101), { standing: 'host', uid: 0 })).toBe(true);
});

it('a process that ends while it is looked at is none: its namespaces are gone before its pid', async () => {
  const files = masterFiles(7, 'nginx -c /etc/shadow', 500);
  const host = fakeHost({ files, links: { '/proc/7/ns/mnt': 'mnt:[2]' } });
  let titles = 0;
  const ending: DiscoveryHost = {
    ...host,
    head: (path, maxBytes) => (path === '/proc/7/cmdline' && titles++ > 0 ? { text: '' } : host.head(path, maxBytes)),
    link: (path) => (path.startsWith('/proc/7/ns/') ? null : host.link(path)),
  };
  expect((await findMasters(ending)).masters).toEqual([]);
});

it('a master that takes its title while it is looked at is seen', async () => {
  const host = fakeHost({ files: masterFiles(7, 'nginx', 500) });
  let reads = 0;
  const starting: DiscoveryHost = {
    ...host,
    head: (path, maxBytes) =>
      path === '/proc/7/cmdline' && reads++ === 0 ? { text: '/usr/sbin/nginx\0' } : host.head(path, maxBytes),
  };
  expect((await findMasters(starting)).masters.map(({ pid }) => pid)).toEqual([7]);
});

it('as root a process whose namespaces cannot be told is a stranger', async () => {
  const host = fakeHost({ files: masterFiles(7, 'nginx', 500), hidesNamespaces: true });
  const [master] = (await findMasters(host)).masters;
  expect(master).toBeDefined();
  if (master !== undefined) expect(trustOfMaster(host, master).reason).toContain('CAP_SYS_PTRACE');
  const unprivileged = fakeHost({ files: masterFiles(7, 'nginx', 500), hidesNamespaces: true, uid: 1000 });
  if (master !== undefined) expect(trustOfMaster(unprivileged, master).standing).toBe('host');
});

it('a chrooted nginx of root is read below its root', async () => {
  const host = fakeHost({ files: masterFiles(7, 'nginx', 500), links: { '/proc/7/root': '/srv/jail' } });
  expect((await findMasters(host)).masters[0]?.root).toBe('/proc/7/root');
});

/** Points the kernel's idea of its arguments at `argv[1]` MiB of memory, which any process may do (PR_SET_MM_MAP). */
const LONG_TITLE = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <linux/prctl.h>
static unsigned long field(int wanted) {
  char text[4096]; FILE *stat = fopen("/proc/self/stat", "r");
  if (!stat || !fgets(text, sizeof text, stat)) return 0;
  fclose(stat);
  int number = 3;
  for (char *word = strtok(strrchr(text, ')') + 2, " "); word; word = strtok(NULL, " "), number++)
    if (number == wanted) return strtoul(word, 0, 10);
  return 0;
}
int main(int argc, char **argv) {
  size_t bytes = (size_t)atol(argv[1]) << 20;
  char *title = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(title, 'A', bytes - 1);
  struct prctl_mm_map map = {
    .start_code = field(26), .end_code = field(27), .start_stack = field(28), .start_data = field(45),
    .end_data = field(46), .start_brk = field(47), .brk = (unsigned long)sbrk(0), .arg_start = (unsigned long)title,
    .arg_end = (unsigned long)title + bytes, .env_start = field(50), .env_end = field(51), .exe_fd = -1 };
  if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0) { perror("prctl"); return 1; }
  puts("ready"); fflush(stdout);
  for (;;) pause();
}`;

describe('a title', () => {
  it('of 20 MiB does not keep root from seeing that nginx is down', async () => {
    const program = compile(folder, 'long-title', LONG_TITLE);
    const child = await startReady([...AS_NOBODY, program, '20']);
    children.push(child);
    const found = await discover({}, only(child.pid ?? 0));
    expect(found.blind).toBeNull();
    expect(found.hidden).toBe(false);
    expect(found.nginx).toBeNull();
  });

  it('of 1 MB, a hundred times, keeps the event loop no longer than a moment', async () => {
    const script = `for (let i = 0; i < 100; i++) require('node:child_process').spawn('sleep', ['600', ...Array(9).fill('x'.repeat(120_000))], { stdio: 'ignore' }); console.log('ready'); setInterval(() => {}, 1000)`;
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', process.execPath, '-e', `process.on('SIGTERM', () => process.exit()); ${script}`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      },
    );
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      let [worst, last] = [0, performance.now()];
      const timer = setInterval(() => {
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }, 1);
      await pause(50);
      worst = 0;
      await findMasters(systemHost());
      await pause(5);
      clearInterval(timer);
      expect(worst).toBeLessThan(100);
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }
  });
});
