import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { httpRequest } from '../../src/lab/http-request.ts';
import { findNginxBinary } from '../../src/lab/nginx-binary.ts';
import { NginxProcess } from '../../src/lab/nginx-process.ts';
import { isAlive } from '../../src/lab/process-tree.ts';

const binary = await findNginxBinary(process.env.PATH ?? '');
const never = new AbortController().signal;

async function running(): Promise<NginxProcess> {
  const nginx = await NginxProcess.create(binary);
  nginx.writeConfig({ workerConnections: 64, server: '' });
  await nginx.start();
  return nginx;
}

describe('the private nginx', () => {
  it('answers, reloads into new workers, and leaves neither process nor file behind', async () => {
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

  it('says in the words of nginx why it did not start', async () => {
    const nginx = await NginxProcess.create(binary);
    nginx.writeConfig({ workerConnections: 64, server: 'no_such_directive on;' });
    await expect(nginx.start()).rejects.toThrow(/unknown directive "no_such_directive"/);
    await nginx.dispose();
  });

  it('says in the words of nginx why it did not reload', async () => {
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
  it('is swept away by the next lab', async () => {
    const nginx = await NginxProcess.create(binary);
    const ours = readdirSync(tmpdir()).filter((name) => name.startsWith('gapwatch-lab-'));
    const owners = ours.map((name) => Number(name.split('-')[2]));
    expect(owners.every((pid) => existsSync(`/proc/${pid}`))).toBe(true);
    expect(readFileSync(nginx.errorLog.replace('logs/error.log', 'html/index.html'), 'utf8')).toBe('hello\n');
    await nginx.dispose();
  });
});
