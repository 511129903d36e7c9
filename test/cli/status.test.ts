/** Compares each number of `gapwatch status --json` with the output of the shell command that the answer names. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckId, CheckResult } from '../../src/core/report.ts';
import { holdConnections } from '../../src/demo/lab/connection-holder.ts';
import { startWatched, type WatchedNginx } from '../probe/support/watched-nginx.ts';
import { CHECK_IDS } from '../support/checks.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const stop = new AbortController();
let folder: string;
let watched: WatchedNginx;
let results: ReadonlyMap<CheckId, CheckResult>;

async function run(command: string, args: readonly string[]): Promise<string> {
  // The exit code is the worst status, which depends on the machine and is not tested here.
  const done = await promisify(execFile)(command, args).catch((error: { stdout: string }) => error);
  return done.stdout.trim();
}

const shell = (script: string): Promise<string> => run('/bin/sh', ['-c', script]);

function check(id: CheckId): CheckResult {
  const result = results.get(id);
  if (result === undefined) throw new Error(`no answer to ${id}`);
  return result;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-status-'));
  watched = await startWatched({
    workers: 2,
    workerConnections: 64,
    main: 'worker_rlimit_nofile 900;',
    listenFlags: 'backlog=77',
    server: 'location / { return 200; }',
  });
  const hello = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  holdConnections({ port: watched.nginx.port, perSecond: 400, atMost: 9, hello }, stop.signal);
  const config = join(folder, 'gapwatch.yml');
  writeFileSync(config, JSON.stringify({ nginx: { pidFile: watched.nginx.pidFile } }));
  const said = await run(process.execPath, [BINARY, 'status', '--json', '-c', config]);
  results = new Map((JSON.parse(said) as CheckResult[]).map((result) => [result.check, result]));
}, 30_000);

afterAll(async () => {
  stop.abort();
  await watched.nginx.dispose();
  rmSync(folder, { recursive: true, force: true });
});

it('answers every check of the contract, each with its command', () => {
  expect([...results.keys()].sort()).toEqual([...CHECK_IDS].sort());
  for (const { equivalent, asOf } of results.values()) {
    expect(equivalent).toMatch(/\S/);
    // Null: there was nothing to measure (no upstream, no request).
    if (asOf !== null) expect(Date.parse(asOf)).toBeGreaterThan(Date.now() - 60_000);
  }
});

it('curl and awk: the gap and the connections of the page', async () => {
  expect(await shell(check('gap').equivalent)).toBe(String(check('gap').values.gap));
  // gapwatch has exited; curl counts its own connection.
  const page = await shell(`curl -s ${watched.nginx.statusUrl} | awk 'NR == 1 {print $3}'`);
  expect(check('states').values.active).toBe(Number(page) - 1);
  expect(check('states').values.waiting).toBe(9);
});

it('/proc/PID/limits and ls of /proc/PID/fd: descriptors', async () => {
  const processes = check('fds').values.processes as readonly { pid: number; soft: number }[];
  expect(processes).toHaveLength(2);
  for (const { pid, soft } of processes) {
    expect(String(soft)).toBe(await shell(`awk '/^Max open files/ {print $4}' /proc/${pid}/limits`));
  }
});

it('ss -tln: the accept queue', async () => {
  const queues = check('backlog').values.queues as readonly { address: string; backlog: number }[];
  const shown = await shell(`ss -Htln 'sport = :${watched.nginx.port}' | awk '{print $3}'`);
  expect(queues.find(({ address }) => address === `127.0.0.1:${watched.nginx.port}`)?.backlog).toBe(Number(shown));
});

it('nstat: what the kernel dropped, as of the sample', async () => {
  const shown = Number(await shell(`nstat -asz TcpExtListenOverflows | awk 'NR > 1 {print $2}'`));
  const { listenOverflows } = check('kernel').values as { listenOverflows: number };
  // Other tests may overflow queues of the same machine meanwhile: never fewer.
  expect(listenOverflows).toBeGreaterThanOrEqual(0);
  expect(shown).toBeGreaterThanOrEqual(listenOverflows);
});

it('nginx -T and grep: worker_connections', async () => {
  const { binary, prefix, configFile } = watched.nginx;
  const dumped = await shell(
    `${binary.path} -T -p ${prefix} -c ${configFile} 2>/dev/null | grep -Eo 'worker_connections +[0-9]+'`,
  );
  expect(dumped).toBe(`worker_connections ${check('slots').values.workerConnections}`);
});
