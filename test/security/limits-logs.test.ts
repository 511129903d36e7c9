/**
 * Logs made to keep the service from its work, by whoever owns their folder or writes the configuration: nginx-down is
 * still named, the other logs are read on, and SIGTERM ends the service in time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open, rename, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { globFiles, MOST_FILES } from '../../src/tail/glob-files.ts';
import { GapwatchProcess } from '../cli/support/gapwatch-process.ts';
import { NGINX } from '../support/private-nginx.ts';
import { compile } from './support/c-program.ts';

const PATIENCE_MS = 120_000;
const PROMISED_MS = 5_000;
const NOBODY = 65_534;
const MANY = 20_000;
const isRoot = process.getuid?.() === 0;

let folder = '';
const children: ChildProcess[] = [];
let service: GapwatchProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-loglimits-'));
  chmodSync(folder, 0o755);
  for (const name of ['theirs', 'ours']) mkdirSync(join(folder, name));
  if (isRoot) chownSync(join(folder, 'theirs'), NOBODY, NOBODY);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await service?.stop();
  service = null;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const at = (name: string): string => join(folder, name);
const theirs = (): string => at('theirs/error.log');
const config = (more = ''): string =>
  `error_log ${theirs()}; error_log ${at('ours/error.log')}; pid ${at('nginx.pid')}; events {} http { access_log off; ${more} }`;

/** nginx with the small configuration and gapwatch; `more` is in the file that gapwatch reads. */
async function watch(more = ''): Promise<{ readonly running: GapwatchProcess; readonly nginx: ChildProcess }> {
  writeFileSync(at('nginx.conf'), config());
  const nginx = spawn(NGINX, ['-p', folder, '-c', at('nginx.conf'), '-e', theirs(), '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  children.push(nginx);
  const probes = { intervalMs: 500, suspiciousIntervalMs: 500, timeoutMs: 1000 };
  await vi.waitFor(() => expect(Number(readFileSync(at('nginx.pid'), 'utf8'))).toBeGreaterThan(0), 10_000);
  if (more !== '') writeFileSync(at('nginx.conf'), config(more));
  const running = new GapwatchProcess({ config: { nginx: { pidFile: at('nginx.pid') }, probes } });
  service = running;
  await running.until('a look at the workers', () => running.samples('workers').some(({ ok }) => ok === true));
  return { running, nginx };
}

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Its other log is read, it names the outage, and it ends in time. */
async function stillWorks({ running, nginx }: Awaited<ReturnType<typeof watch>>): Promise<void> {
  const reads = (): boolean =>
    running.events.some((event) => event.type === 'signal' && event.source === at('ours/error.log'));
  appendFileSync(at('ours/error.log'), '2026/01/01 00:00:00 [alert] 1#1: 512 worker_connections are not enough\n');
  await running.until('a line of the other log', reads, 20_000);
  nginx.kill('SIGTERM');
  await running.until('the outage', () => running.incidents.includes('nginx-down'), 20_000);
  expect(rssMiB(running.pid)).toBeLessThan(300);
  const startedAt = performance.now();
  expect(await running.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(PROMISED_MS);
}

/** Rotates its argument for ever, each time to another name. */
const ROTATE = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char name[4096];
  puts("ready"); fflush(stdout);
  for (long i = 0; argc == 2; i++) {
    snprintf(name, sizeof name, "%s.%ld", argv[1], i % 40000);
    rename(argv[1], name);
    int fd = open(argv[1], O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (fd < 0 || dprintf(fd, "line %ld\\n", i) < 0) return 1;
    close(fd);
  }
}`;

describe('the owner of a log’s folder', () => {
  it.each([
    ['plain', '', Buffer.from('a line\n')],
    ['compressed', '.gz', gzipSync('a line\n')],
  ])(
    'who fills it with rotated logs (%s) stops nothing',
    async (_kind, ending, content) => {
      for (let i = 1; i <= MANY; i++) writeFileSync(`${theirs()}.${i}${ending}`, content);
      const watched = await watch();
      await rename(theirs(), `${theirs()}.0`);
      writeFileSync(theirs(), 'a line\n');
      await stillWorks(watched);
    },
    PATIENCE_MS,
  );

  it.runIf(isRoot)(
    'who rotates it without end stops nothing',
    async () => {
      const rotate = compile(folder, 'rotate', ROTATE);
      const watched = await watch();
      const words = ['--reuid=65534', '--regid=65534', '--clear-groups', rotate, theirs()];
      children.push(spawn('setpriv', words, { stdio: 'ignore' }));
      await watched.running.looksOn('workers');
      await stillWorks(watched);
    },
    PATIENCE_MS,
  );

  it(
    'who makes it eight terabytes long stops nothing',
    async () => {
      const watched = await watch();
      await truncate(theirs(), 8 * 2 ** 40).catch(() => truncate(theirs(), 8 * 2 ** 40 - 2 ** 20));
      await watched.running.looksOn('workers');
      await stillWorks(watched);
    },
    PATIENCE_MS,
  );

  it(
    'who leaves an archive that unpacks without end stops nothing',
    async () => {
      const watched = await watch();
      const archive = await open(`${theirs()}.2.gz`, 'w');
      const packer = createGzip({ level: 1 });
      const written = (async () => {
        for await (const chunk of packer) await archive.write(chunk as Buffer);
        await archive.close();
      })();
      const zeros = Buffer.alloc(2 ** 20);
      for (let i = 0; i < 2048; i++) if (!packer.write(zeros)) await new Promise((next) => packer.once('drain', next));
      packer.end();
      await written;
      await rename(theirs(), `${theirs()}.1`);
      writeFileSync(theirs(), 'a line\n');
      await watched.running.looksOn('workers');
      await stillWorks(watched);
    },
    PATIENCE_MS,
  );

  it('costs a pattern no more than its names', () => {
    for (let i = 1; i <= 2000; i++) writeFileSync(at(`theirs/access.log.${i}`), '');
    for (const name of ['access.log', 'other.log', 'other-2026-01-01.log']) writeFileSync(at(`theirs/${name}`), '');
    expect(globFiles(at('theirs/*'))).toEqual([at('theirs/access.log'), at('theirs/other.log')]);
    for (let i = 0; i < MOST_FILES; i++) writeFileSync(at(`theirs/x${i}x`), '');
    expect(globFiles(at('theirs/*'))).toHaveLength(MOST_FILES);
  });
});

describe('a configuration with 20,000 logs', () => {
  it(
    'is followed up to a bound, which is said, the error logs first',
    async () => {
      const site = (_: unknown, i: number): string =>
        `server { listen 127.0.0.1:9; server_name s${i}; access_log ${at(`ours/a${i}.log`)}; error_log ${at(`ours/e${i}.log`)}; }`;
      const watched = await watch(Array.from({ length: MANY }, site).join('\n'));
      await watched.running.said(/names more than 512 log files; error logs come first/);
      expect(watched.running.log).not.toMatch(/ours\/a\d+\.log","state"/);
      await stillWorks(watched);
    },
    PATIENCE_MS,
  );
});
