/**
 * gapwatch itself out of descriptors, or unable to read /proc, while a real nginx runs: a blind spot, never nginx-down.
 * prlimit(1) lowers the limit of the running service, which is what a leak or a flood of clients comes to.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { GapwatchProcess, type ServiceEvent } from '../cli/support/gapwatch-process.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

const PATIENCE_MS = 60_000;
const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const NOBODY = 65534;
/** nginx-down is named after two looks. */
const MANY_LOOKS = 10;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startNginx(page = 'stub_status;'): Promise<PrivateNginx> {
  const nginx = await PrivateNginx.start(
    ({ port }) => `
worker_processes 1;
error_log logs/error.log notice;
events { worker_connections 64; }
http { access_log off; server { listen 127.0.0.1:${port}; location = /status { ${page} } } }`,
  );
  ends.push(() => nginx.stop());
  return nginx;
}

function watch(nginx: PrivateNginx, wrap?: (command: readonly string[]) => readonly string[]): GapwatchProcess {
  const config = {
    nginx: { pidFile: nginx.path('logs/nginx.pid') },
    probes: { intervalMs: 250, suspiciousIntervalMs: 250 },
  };
  const service = new GapwatchProcess({ config, ...(wrap === undefined ? {} : { wrap, user: NOBODY }) });
  ends.push(() => service.stop());
  return service;
}

const limitDescriptors = (pid: number, soft: number): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);

/** The page answers on the connection that is kept open, and no new one can be made. */
function isOutOfDescriptors({ data }: ServiceEvent): boolean {
  const { fresh, armed } = data as {
    readonly fresh: { readonly reason?: string };
    readonly armed: { readonly ok: boolean };
  };
  return fresh.reason === 'failed' && armed.ok;
}

const isOk = ({ ok }: ServiceEvent): boolean => ok === true;

/** So many more samples of that probe, each of which fits. */
async function samplesSince(
  service: GapwatchProcess,
  probe: string,
  before: number,
  fits: (sample: ServiceEvent) => boolean,
): Promise<readonly ServiceEvent[]> {
  const enough = () => service.samples(probe).slice(before).filter(fits).length >= MANY_LOOKS;
  await service.until(`${MANY_LOOKS} such samples of ${probe}`, enough, 20_000);
  return service.samples(probe).slice(before);
}

const seesWorkers = (service: GapwatchProcess) =>
  service.until('a look at the workers', () => service.samples('workers').some(isOk));

/** The lowest number that the next open(2) would get, with the descriptors below it all in use. */
function lowestFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let number = 0;
  while (open.has(number)) number += 1;
  return number;
}

describe('the service without a descriptor left', () => {
  it(
    'says that it cannot look, names no outage, and looks on once it can',
    async () => {
      const service = watch(await startNginx('return 204;'));
      await seesWorkers(service);
      const before = service.samples('workers').length;
      limitDescriptors(service.pid, 3);
      const samples = await samplesSince(service, 'workers', before, (sample) => sample.reason === 'failed');
      expect(samples.map(({ reason }) => reason)).not.toContain('absent');
      expect(samples.at(-1)?.detail).toMatch(/EMFILE/);
      await service.said(/"what":"nginx".*too many open files/);
      const note = await service.until('the note of a blind spot', () =>
        service.events.find(({ type, cause }) => type === 'note' && cause === 'blind-spot'),
      );
      expect(note).toMatchObject({ diagnosis: { verdict: 'cannot-tell', cause: null } });
      expect(JSON.stringify(note)).toMatch(/LimitNOFILE=/);
      expect(service.incidents).toEqual([]);
      limitDescriptors(service.pid, 1024);
      await samplesSince(service, 'workers', service.samples('workers').length, isOk);
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'still sees nginx, and opens its rotated log, with the spare ones',
    async () => {
      const nginx = await startNginx();
      const service = watch(nginx);
      await seesWorkers(service);
      // A descriptor that is open for a moment only must not leave a free number below the limit.
      let lowest = Number.POSITIVE_INFINITY;
      await service.until('some polls', () => {
        lowest = Math.min(lowest, lowestFree(service.pid));
        return service.samples('workers').length > MANY_LOOKS;
      });
      const before = service.samples('workers').length;
      const pages = service.samples('stub-status').length;
      limitDescriptors(service.pid, lowest);
      const samples = await samplesSince(service, 'workers', before, isOk);
      expect(samples.every(isOk)).toBe(true);
      // The spare ones are free for the moments in which they are used, and a connection may take one then.
      await service.until('a page that cannot be asked anew', () =>
        service.samples('stub-status').slice(pages).some(isOutOfDescriptors),
      );
      renameSync(nginx.path('logs/error.log'), nginx.path('logs/error.log.1'));
      process.kill(nginx.pid, 'SIGUSR1');
      appendFileSync(
        nginx.path('logs/error.log'),
        '2026/01/01 00:00:00 [alert] 7#7: *1 64 worker_connections are not enough\n',
      );
      await service.until('the line of the new log', () =>
        service.events.some(({ type, pattern }) => type === 'signal' && pattern === 'worker-connections'),
      );
      await samplesSince(service, 'workers', service.samples('workers').length, isOk);
      expect(service.incidents).not.toContain('nginx-down');
    },
    PATIENCE_MS,
  );
});

/** `gapwatch follow` as a process, with what it printed. */
class Follow {
  readonly child: ChildProcess;
  lines: readonly string[] = [];
  said = '';

  constructor(folder: string, log: string, user?: number) {
    const args = [BINARY, 'follow', log, '--state', join(folder, 'state'), '--from-start'];
    const as = user === undefined ? {} : { uid: user, gid: user };
    this.child = spawn(process.execPath, args, { env: { ...process.env, GAPWATCH_LOG_LEVEL: 'debug' }, ...as });
    let text = '';
    this.child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      this.lines = text.split('\n').slice(0, -1);
    });
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.said += bytes.toString();
    });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}

describe('gapwatch follow without a descriptor left', () => {
  it(
    'neither loses nor repeats a line of a log that is rotated and compressed meanwhile',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gapwatch-follow-'));
      ends.push(async () => rmSync(folder, { recursive: true }));
      const log = join(folder, 'error.log');
      writeFileSync(log, 'one\n');
      const follow = new Follow(folder, log);
      ends.push(() => follow.stop());
      await expect.poll(() => follow.lines, { timeout: 10_000 }).toEqual(['one']);
      limitDescriptors(follow.child.pid ?? 0, 3);
      appendFileSync(log, 'two\n');
      await expect.poll(() => follow.lines, { timeout: 10_000 }).toEqual(['one', 'two']);
      writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
      rmSync(log);
      writeFileSync(log, 'three\n');
      await expect.poll(() => follow.said, { timeout: 10_000 }).toMatch(/log cannot be read/);
      expect(follow.child.exitCode).toBeNull();
      limitDescriptors(follow.child.pid ?? 0, 1024);
      await expect.poll(() => follow.lines, { timeout: 20_000 }).toEqual(['one', 'two', 'three']);
      appendFileSync(log, 'four\n');
      await expect.poll(() => follow.lines, { timeout: 10_000 }).toEqual(['one', 'two', 'three', 'four']);
    },
    PATIENCE_MS,
  );
});

describe('gapwatch follow in a folder that it may not list', () => {
  it(
    'keeps looking for the file it read last, and goes on in it',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gapwatch-follow-'));
      ends.push(async () => rmSync(folder, { recursive: true }));
      // Root may list every folder.
      const user = process.getuid?.() === 0 ? NOBODY : undefined;
      if (user !== undefined) chownSync(folder, user, user);
      const log = join(folder, 'error.log');
      writeFileSync(log, 'one\n');
      const first = new Follow(folder, log, user);
      await expect.poll(() => first.lines, { timeout: 10_000 }).toEqual(['one']);
      await first.stop();
      appendFileSync(log, 'two\n');
      renameSync(log, `${log}.1`);
      writeFileSync(log, 'three\n');
      chmodSync(folder, 0o300);
      const second = new Follow(folder, log, user);
      ends.push(() => second.stop());
      await expect.poll(() => second.lines, { timeout: 10_000 }).toEqual(['three']);
      chmodSync(folder, 0o700);
      await expect.poll(() => second.lines, { timeout: 10_000 }).toEqual(['three', 'two']);
    },
    PATIENCE_MS,
  );
});

describe('the service without a /proc to read', () => {
  const inNamespace =
    (mount: string) =>
    (command: readonly string[]): readonly string[] => [
      ...[
        'unshare',
        '--mount',
        'sh',
        '-c',
        `${mount} && exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`,
        'sh',
      ],
      ...command,
    ];

  it.runIf(process.getuid?.() === 0)(
    'is blind, and names no outage: hidepid',
    async () => {
      const service = watch(await startNginx(), inNamespace('mount -t proc -o hidepid=2 proc /proc'));
      await service.said(/"what":"nginx"/);
      const samples = await samplesSince(service, 'workers', 0, ({ reason }) => reason === 'denied');
      expect(samples.map(({ reason }) => reason)).not.toContain('absent');
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.runIf(process.getuid?.() === 0)(
    'is blind, and names no outage: root without CAP_SYS_PTRACE',
    async () => {
      await startNginx();
      const without = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'];
      const probes = { intervalMs: 250, suspiciousIntervalMs: 250 };
      const service = new GapwatchProcess({ config: { probes }, wrap: (command) => [...without, ...command] });
      ends.push(() => service.stop());
      await service.said(/"what":"nginx".*without CAP_SYS_PTRACE/);
      const samples = await samplesSince(service, 'workers', 0, ({ reason }) => reason === 'denied');
      expect(samples.map(({ reason }) => reason)).not.toContain('absent');
      expect(service.incidents).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.runIf(process.getuid?.() === 0)(
    'counts no slots, instead of none, where it may list descriptors and not read them',
    async () => {
      const nginx = await startNginx();
      const without = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'];
      const config = {
        nginx: { pidFile: nginx.path('logs/nginx.pid') },
        probes: { intervalMs: 250, suspiciousIntervalMs: 250 },
      };
      const service = new GapwatchProcess({ config, wrap: (command) => [...without, ...command] });
      ends.push(() => service.stop());
      const samples = await samplesSince(service, 'slots', 0, ({ reason }) => reason === 'denied');
      expect(samples.filter(isOk)).toEqual([]);
      expect(service.samples('workers').every(isOk)).toBe(true);
    },
    PATIENCE_MS,
  );
});
