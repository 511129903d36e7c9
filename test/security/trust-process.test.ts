/**
 * Which process is watched as nginx. Any user can give a process any title, so user nobody tries here, for real, to be
 * taken for the master, to have a program of his run, or to hide that nginx is down. The cases need root.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Discovery, discover } from '../../src/discovery/discover.ts';
import { type DiscoveryHost, systemHost } from '../../src/discovery/host.ts';
import { NGINX, PrivateNginx } from '../support/private-nginx.ts';
import { compile, startReady } from './support/c-program.ts';

const NOBODY = 65534;
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const CLI = resolve(import.meta.dirname, '../../dist/cli/main.js');

/** Leaves a file when it is run as nginx would be (`-V`, `-T`), else waits. With `become-root` it takes uid 0 for good. */
const FAKE = `
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "become-root") == 0 && setresuid(0, 0, 0) != 0) return 1;
    if (argv[i][0] != '-') continue;
    FILE *proof = fopen(PROOF, "w");
    fprintf(proof, "uid %d", (int)geteuid());
    fclose(proof);
    return 0;
  }
  puts("ready"); fflush(stdout);
  for (;;) pause();
}`;

let folder = '';
let proof = '';
let nginx: PrivateNginx | null = null;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-trust-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'theirs'));
  chownSync(join(folder, 'theirs'), NOBODY, NOBODY);
  proof = join(folder, 'theirs/proof');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await nginx?.stop();
  nginx = null;
  rmSync(folder, { recursive: true, force: true });
});

const fakeProgram = (): string => compile(folder, 'fake', `#define PROOF ${JSON.stringify(proof)}\n${FAKE}`);

async function start(command: readonly [string, ...string[]], argv0?: string): Promise<number> {
  const child = await startReady(command, argv0);
  children.push(child);
  return child.pid ?? 0;
}

/** `setpriv` hands its own title on by `exec`, so a shell of nobody names the program. */
const titled = (title: string, program: string, ...args: string[]): [string, ...string[]] => [
  ...AS_NOBODY,
  'bash',
  '-c',
  'exec -a "$0" "$@"',
  title,
  program,
  ...args,
];

/** This machine with these processes only: other tests run nginx as well. */
function only(...pids: readonly number[]): DiscoveryHost & { readonly ran: string[] } {
  const host = systemHost();
  const ran: string[] = [];
  return {
    ...host,
    ran,
    list: (path) => (path === '/proc' ? { names: pids.map(String) } : host.list(path)),
    read: (path) => (path === '/run/nginx.pid' ? { failure: 'No such file or directory' } : host.read(path)),
    runTrusted(file, args, timeoutMs) {
      ran.push([file, ...args].join(' '));
      return host.runTrusted(file, args, timeoutMs);
    },
  };
}

function expectStranger(found: Discovery, pid: number, reason: RegExp): void {
  expect(found.nginx).toBeNull();
  expect(found.hidden).toBe(false);
  expect(found.notes.join('\n')).toContain(`pid ${pid}: `);
  expect(found.notes.join('\n')).toMatch(reason);
}

const TITLE = 'nginx: master process /usr/sbin/nginx';

describe.runIf(process.getuid?.() === 0)('a process of nobody titled like a master', () => {
  it('is reported, not watched, and its program is not run', async () => {
    const program = fakeProgram();
    const pid = await start(titled(`nginx: master process ${program} -c ${folder}/theirs/nginx.conf`, program));
    const host = only(pid);
    expectStranger(await discover({}, host), pid, /it runs as uid 65534, as which any program of that user may run/);
    expect(host.ran).toEqual([]);
    expect(existsSync(proof)).toBe(false);
  });

  it('does not take the place of an nginx that stopped', async () => {
    nginx = await PrivateNginx.start(() => 'events {} http { access_log off; }');
    const fake = await start(titled(TITLE, fakeProgram()));
    const before = await discover({}, only(fake, nginx.pid));
    expect(before.nginx?.masterPid).toBe(nginx.pid);
    await nginx.stop();
    nginx = null;
    expectStranger(await discover({}, only(fake), before.nginx), fake, /uid 65534/);
  });

  it('is not taken for root’s because a set-user-ID program carries the title', async () => {
    const program = fakeProgram();
    chmodSync(program, 0o4755);
    const half = await start(titled(TITLE, program));
    expectStranger(await discover({}, only(half)), half, /set-user-ID program/);
    const whole = await start(titled(TITLE, program, 'become-root'));
    expect(readFileSync(`/proc/${whole}/status`, 'utf8')).toMatch(/^Uid:\t0\t0\t0\t0$/m);
    expectStranger(await discover({}, only(whole)), whole, /\/fake is no nginx/);
  });

  it('is root only in a user namespace that nobody made', async () => {
    const inside = ['unshare', '--user', '--map-root-user', 'bash', '-c', 'exec -a "$0" "$@"', TITLE, fakeProgram()];
    const pid = await start([...AS_NOBODY, ...inside] as [string, ...string[]]);
    expectStranger(await discover({}, only(pid)), pid, /it runs as uid 65534/);
  });

  it('is the genuine nginx with a configuration of his: read when it is named, and nothing happens as root', async () => {
    const theirs = join(folder, 'theirs');
    const config = `
load_module ${theirs}/evil.so; daemon off; pid ${theirs}/nginx.pid; error_log ${theirs}/error.log;
events { worker_connections 77; }
http { client_body_temp_path ${theirs}/made-by-nginx; access_log off; }`;
    writeFileSync(join(theirs, 'nginx.conf'), config);
    const pid = await start(titled(`${TITLE} -c ${theirs}/nginx.conf`, fakeProgram()));
    writeFileSync(join(theirs, 'nginx.pid'), `${pid}\n`);
    chownSync(join(theirs, 'nginx.pid'), NOBODY, NOBODY);
    const host = only(pid);
    expectStranger(await discover({}, host), pid, /uid 65534/);
    const named = await discover({ pidFile: join(theirs, 'nginx.pid') }, host);
    expect(named.nginx).toMatchObject({ masterPid: pid, standing: 'stranger' });
    expect(named.settings?.workerConnections.value).toBe(77);
    expect(host.ran).toEqual([]);
    expect(existsSync(join(theirs, 'made-by-nginx'))).toBe(false);
  });

  it('is not named by a pid file that another user can write', async () => {
    const pid = await start(titled(TITLE, fakeProgram()));
    writeFileSync(join(folder, 'their.pid'), `${pid}\n`);
    chownSync(join(folder, 'their.pid'), 1, 1);
    const found = await discover({ pidFile: join(folder, 'their.pid') }, only(pid));
    expect(found.nginx).toBeNull();
    expect(found.notObservable[0]?.because).toContain('is not trusted: it runs as uid 65534');
  });

  it('never makes the command line run anything as root', async () => {
    const program = fakeProgram();
    const script = `
      ${AS_NOBODY.join(' ')} bash -c 'exec -a "nginx: master process ${program} -c /x" ${program}' > /dev/null &
      until grep -qs master /proc/$!/cmdline; do :; done
      exec ${process.execPath} ${CLI} doctor --json`;
    const run = promisify(execFile);
    const answer = await run('unshare', ['--pid', '--fork', '--mount-proc', 'sh', '-c', script]).catch(
      (error: { stdout: string }) => error,
    );
    expect(answer.stdout).toContain('Not watched, although titled like an nginx master');
    expect(existsSync(proof)).toBe(false);
  });
});

describe.runIf(process.getuid?.() === 0)('root’s own nginx', () => {
  it('is watched whoever else runs beside it', async () => {
    nginx = await PrivateNginx.start(() => 'events {} http { access_log off; }');
    const fakes = [await start(titled(TITLE, fakeProgram())), await start(titled(TITLE, join(folder, 'fake')))];
    const found = await discover({}, only(...fakes, nginx.pid));
    expect(found.nginx).toMatchObject({ masterPid: nginx.pid, standing: 'host' });
    expect(found.notes[0]).toMatch(/^Not watched, although titled like an nginx master \(pid \d+: .*; pid \d+: /);
  });

  it('is known by its own binary, which is read and not run', async () => {
    nginx = await PrivateNginx.start(() => 'events {} http { access_log off; }');
    const host = only(nginx.pid);
    const { stderr } = await promisify(execFile)(NGINX, ['-v']);
    expect((await discover({}, host)).nginx?.version).toBe(/nginx\/(\S+)/.exec(stderr)?.[1]);
    expect(host.ran).toEqual([]);
  });
});
