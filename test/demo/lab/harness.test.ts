import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
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
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { httpRequest } from '../../../src/demo/lab/http-request.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { NginxProcess } from '../../../src/demo/lab/nginx-process.ts';
import { isAlive } from '../../../src/demo/lab/process-tree.ts';

const binary = await findNginxBinary(process.env.PATH ?? '');
const never = new AbortController().signal;

async function running(): Promise<NginxProcess> {
  const nginx = await NginxProcess.create(binary);
  nginx.writeConfig({ workerConnections: 64, server: '' });
  await nginx.start();
  return nginx;
}

describe('the private nginx', () => {
  it('answers, reloads into new workers, and leaves neither processes nor files', async () => {
    const nginx = await running();
    const master = nginx.masterPid ?? 0;
    const first = nginx.childPids;
    expect(first).toHaveLength(2);
    const request = { port: nginx.port, path: '/', patienceMs: 3000 };
    expect(await httpRequest(request, never)).toMatchObject({ outcome: 'ok', status: 200 });
    await nginx.reload();
    await vi.waitFor(() => expect(nginx.childPids.filter((pid) => first.includes(pid))).toEqual([]), 3000);
    expect(await httpRequest(request, never)).toMatchObject({ outcome: 'ok' });
    const family = [master, ...nginx.childPids];
    await nginx.dispose();
    expect(family.filter(isAlive)).toEqual([]);
    expect(existsSync(nginx.prefix)).toBe(false);
    expect(await httpRequest(request, never)).toMatchObject({ outcome: 'refused', status: null });
  });

  it('runs its workers as an ordinary user when it is started by root', async () => {
    const nginx = await running();
    if (process.getuid?.() !== 0) expect(nginx.workers).toBeNull();
    else expect(nginx.workers).toMatchObject({ uid: expect.any(Number) });
    const own = process.getuid?.();
    expect(statSync(`/proc/${nginx.masterPid}`).uid).toBe(own);
    const uidOf = (pid: number) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const wanted = nginx.workers?.uid ?? own;
    // A worker is root until it has dropped its rights.
    await vi.waitFor(() => expect(nginx.childPids.map(uidOf)).toEqual([wanted, wanted]), 3000);
    // Other users can read neither logs nor files.
    expect(statSync(nginx.prefix).mode & 0o007).toBe(0);
    const request = { port: nginx.port, path: '/index.html', patienceMs: 3000 };
    expect(await httpRequest(request, never)).toMatchObject({ outcome: 'ok', status: 200 });
    await nginx.dispose();
  });

  it('reports in the words of nginx why it did not start', async () => {
    const nginx = await NginxProcess.create(binary);
    nginx.writeConfig({ workerConnections: 64, server: 'no_such_directive on;' });
    await expect(nginx.start()).rejects.toThrow(/unknown directive "no_such_directive"/);
    await nginx.dispose();
  });

  it('reports in the words of nginx why it did not reload', async () => {
    const nginx = await running();
    nginx.writeConfig({ workerConnections: 64, server: 'no_such_directive on;' });
    await expect(nginx.reload()).rejects.toThrow(/unknown directive "no_such_directive"/);
    await nginx.dispose();
  });

  it('says how to install nginx when there is none', async () => {
    const found = await findNginxBinary('/nonexistent').catch((error: unknown) => error);
    if (existsSync('/usr/sbin/nginx')) expect(found).toMatchObject({ path: '/usr/sbin/nginx' });
    else expect(found).toMatchObject({ code: 'CONFIG', hint: expect.stringContaining('apt-get install') });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('does not outlive a process that dies of %s', async (signal) => {
    const script = resolve(import.meta.dirname, 'support/hold-nginx.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const { pids, prefix } = JSON.parse(said.toString()) as { pids: number[]; prefix: string };
    expect(pids.every(isAlive)).toBe(true);
    child.kill(signal);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000, interval: 50 });
    if (signal === 'SIGTERM') await vi.waitFor(() => expect(existsSync(prefix)).toBe(false), 3000);
  });
});

describe('a folder whose owner was killed', () => {
  const isLab = (name: string): boolean => name.startsWith('gapwatch-lab-');

  it('is removed by the next lab, without folders of others', async () => {
    const script = resolve(import.meta.dirname, 'support/hold-nginx.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const { pids, prefix } = JSON.parse(said.toString()) as { pids: number[]; prefix: string };
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000, interval: 50 });
    expect(existsSync(prefix)).toBe(true);
    // Names as that process would have given, but not made by it as ours are.
    const name = (end: string): string => `${prefix.slice(0, -6)}${end}`;
    const victim = mkdtempSync(join(tmpdir(), 'gapwatch-victim-'));
    writeFileSync(join(victim, 'precious'), '');
    symlinkSync(victim, name('linked'));
    mkdirSync(name('theirs'));
    if (process.getuid?.() === 0) chownSync(name('theirs'), 65_534, 65_534);
    mkdirSync(name('open.'), { mode: 0o777 });
    chmodSync(name('open.'), 0o777);
    const elsewhere = name('other.').replace(/-\d+-other/, '-1-other');
    mkdirSync(elsewhere);
    const planted = [name('linked'), ...(process.getuid?.() === 0 ? [name('theirs')] : []), name('open.'), elsewhere];

    const nginx = await NginxProcess.create(binary);
    expect(existsSync(prefix)).toBe(false);
    expect(planted.filter((path) => !existsSync(path))).toEqual([]);
    expect(existsSync(join(victim, 'precious'))).toBe(true);
    await nginx.dispose();
    for (const path of [...planted, name('theirs'), victim]) rmSync(path, { recursive: true, force: true });
  });

  it('has nothing that others may write, also when nginx runs as another user', async () => {
    const nginx = await NginxProcess.create(binary);
    const open = () =>
      ['.', ...readdirSync(nginx.prefix, { recursive: true, encoding: 'utf8' })].filter(
        (name) => (lstatSync(join(nginx.prefix, name)).mode & 0o022) !== 0,
      );
    expect(statSync(nginx.prefix).mode & 0o777).toBe(0o700);
    nginx.writeConfig({ workerConnections: 64, user: 'none', server: '' });
    await nginx.start([], process.getuid?.() === 0 ? 64_986 : null);
    expect(await httpRequest({ port: nginx.port, path: '/', patienceMs: 3000 }, never)).toMatchObject({ status: 200 });
    expect(open()).toEqual([]);
    await nginx.dispose();
  });

  it('is not created in a folder of another user', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-tmpdir-'));
    chmodSync(folder, 0o777);
    vi.stubEnv('TMPDIR', folder);
    await expect(NginxProcess.create(binary)).rejects.toThrow(/no nginx is run in .* can be written by everybody/);
    vi.unstubAllEnvs();
    expect(readdirSync(folder).filter(isLab)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe('the pid in the pid file', () => {
  it('is not taken for the master when it belongs to another process, which gets no signal', async () => {
    const nginx = await running();
    const stranger = spawn('sleep', ['60'], { detached: true });
    const master = nginx.masterPid ?? 0;
    writeFileSync(nginx.pidFile, String(stranger.pid));
    expect(nginx.masterPid).toBeNull();
    expect(nginx.childPids).toEqual([]);
    nginx.signal('SIGTERM');
    await nginx.dispose();
    expect(isAlive(master)).toBe(false);
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
    stranger.kill('SIGKILL');
  });
});

describe('the nginx on PATH', () => {
  it('is not run as root when others could have written it', async () => {
    if (process.getuid?.() !== 0) return; // Another user may run any binary.
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-path-'));
    writeFileSync(join(folder, 'nginx'), `#!/bin/sh\ntouch ${join(folder, 'ran')}\n`, { mode: 0o755 });
    chmodSync(folder, 0o777);
    await expect(findNginxBinary(folder)).rejects.toThrow(/nginx is not run as root: .* can be written by everybody/);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
