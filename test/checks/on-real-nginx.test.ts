/** All checks over the probes of a real nginx, each held against its own `equivalent` run in a shell. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.ts';
import type { CheckId, CheckResult } from '../../src/core/report.ts';
import { holdConnections } from '../../src/demo/lab/connection-holder.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { createHost } from '../../src/probe/host.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { deadline, eventually, startWatched, type WatchedNginx } from '../probe/support/watched-nginx.ts';
import { CHECK_IDS, CHECKS } from '../support/checks.ts';
import { createProbes, SAMPLE_KINDS } from '../support/parts.ts';

const probes = createProbes(createHost());
const stop = new AbortController();
let watched: WatchedNginx;

beforeAll(async () => {
  watched = await startWatched({
    workers: 2,
    workerConnections: 64,
    listenFlags: 'reuseport backlog=99',
    server: 'location / { return 200; }',
  });
  const hello = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  holdConnections({ port: watched.nginx.port, perSecond: 200, atMost: 21, hello }, stop.signal);
  await eventually(async () => ((await check('states')).values.active === 21 ? true : null));
});

afterAll(async () => {
  stop.abort();
  for (const probe of Object.values(probes)) probe.close?.();
  await watched.nginx.dispose();
});

async function results(): Promise<Map<CheckId, CheckResult>> {
  const target = await watched.target();
  const timeline = createTimeline({ host: 'web-1', sampleKinds: SAMPLE_KINDS });
  timeline.setSettings(target.settings);
  const samples = await Promise.all(Object.values(probes).map((probe) => probe.run(target, deadline())));
  for (const sample of samples) timeline.addSample(sample);
  const found = runChecks(CHECKS, timeline.evidence(Date.now()), DEFAULT_THRESHOLDS);
  return new Map(found.map((result) => [result.check, result]));
}

async function check(id: CheckId): Promise<CheckResult> {
  const result = (await results()).get(id);
  if (result === undefined) throw new Error(`no result for ${id}`);
  return result;
}

async function shell(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command]);
  return stdout.trim();
}

describe('the checks of a real nginx', () => {
  it('find nothing wrong, and nothing unknown', async () => {
    const all = await results();
    expect([...all.keys()]).toEqual(CHECK_IDS);
    // Load, disks and other processes of the machine that runs the tests are not ours to judge.
    const ours = [...all.values()].filter(({ check: id }) => id !== 'system' && id !== 'kernel');
    expect(ours.map(({ check: id, status, text }) => (status === 'ok' ? id : `${id} ${status}: ${text}`))).toEqual(
      CHECK_IDS.filter((id) => id !== 'system' && id !== 'kernel'),
    );
  });

  it('count slots as their shell command does', async () => {
    const { values, equivalent } = await check('slots');
    const workers = values.workers as readonly { pid: number; used: number; limit: number }[];
    const said = await shell(equivalent);
    expect(said.split('\n').sort()).toEqual(workers.map(({ pid, used }) => `${pid} ${used}`).sort());
    expect(values).toMatchObject({ workerConnections: 64, oldWorkers: 0 });
    // 21 clients, 1 armed connection, and per worker: own listener, status listener, channel.
    expect(values.usedSlots).toBe(21 + 1 + 2 * 3);
  });

  it('count descriptors as their shell command does', async () => {
    const { values, equivalent } = await check('fds');
    const processes = values.processes as readonly { pid: number; used: number; soft: number }[];
    const said = await shell(equivalent);
    expect(said.split('\n').sort()).toEqual(processes.map(({ pid, used, soft }) => `${pid} ${used} of ${soft}`).sort());
  });

  it('compute the gap and read the page as their shell commands do', async () => {
    const gap = await check('gap');
    expect(await shell(gap.equivalent)).toBe(String(gap.values.gap));
    const states = await check('states');
    const said = /Active connections: (\d+)[\s\S]*Reading: (\d+) Writing: (\d+) Waiting: (\d+)/.exec(
      await shell(states.equivalent),
    );
    // curl sees itself and the armed connection.
    const [active = 0, reading = 0, writing = 0, waiting = 0] = said?.slice(1).map(Number) ?? [];
    expect(states.values).toMatchObject({ active: active - 2, reading: reading - 1, writing: writing - 1, waiting });
  });

  it('see the queues that ss sees', async () => {
    // Our own probe of the status page may stand in its queue for a moment.
    const queues = await eventually(async () => {
      const { values, equivalent } = await check('backlog');
      const ours = values.queues as readonly { address: string; recvQ: number; backlog: number }[];
      const said = await shell(`${equivalent} | awk 'NR > 1 {print $4, $2, $3}'`);
      const lines = ours.map(({ address, recvQ, backlog }) => `${address} ${recvQ} ${backlog}`);
      return said.split('\n').sort().join() === lines.sort().join() ? ours : null;
    });
    expect(queues.map(({ backlog }) => backlog).sort()).toEqual([511, 99, 99]);
  });

  it('list the processes that ps lists', async () => {
    const { values, equivalent } = await check('workers');
    const said = await shell(`${equivalent} | awk 'NR > 1 {print $1}'`);
    const processes = values.processes as readonly { pid: number }[];
    expect(said.split('\n').sort()).toEqual(processes.map(({ pid }) => String(pid)).sort());
  });

  it('sort the sockets that ss shows', async () => {
    // The page is asked meanwhile: a connection that closes between two reads is unexplained in one sample.
    const { values, equivalent } = await eventually(async () => {
      const result = await check('sockets');
      return result.values.unexplainedSockets === 0 ? result : null;
    });
    const said = await shell(equivalent);
    // The status page is asked over the armed connection too.
    expect(said.split('\n').filter((line) => line.startsWith('ESTAB'))).toHaveLength(Number(values.clientSockets));
    expect(values).toMatchObject({ clientSockets: 22, upstreamSockets: 0, unexplainedSockets: 0 });
  });

  it('all name a command that runs', async () => {
    for (const [id, { equivalent }] of await results()) {
      if (id === 'kernel' || id === 'config' || id === 'upstreams') continue;
      await expect(shell(equivalent), id).resolves.toMatch(/\S|^$/);
    }
  });
});
