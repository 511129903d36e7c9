/**
 * The slot ledger on a machine with 100,000 TCP sockets: 50,000 idle clients of a real nginx, both ends on loopback.
 * Fewer clients where the descriptor limits do not allow so many.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createHost } from '../../src/probe/host.ts';
import type { Probe, ProbeTarget } from '../../src/probe/probe.ts';
import { startWatched, type WatchedNginx } from '../probe/support/watched-nginx.ts';
import { createProbes } from '../support/parts.ts';
import { atMost, type Row } from './row.ts';
import { median } from './timed.ts';

const CLIENTS = 50_000;
const WORKERS = 4;
const RUNS = 15;
const MAX_MS = 300;
const MAX_MIB = 50;
/** Slack's acknowledgements come from the same event loop. */
const MAX_STALL_MS = 50;
const HOLDER = fileURLToPath(new URL('./support/hold-clients.mjs', import.meta.url));

/** Spread over processes that each stay below the hard limit of open files; Node raises its soft one by itself. */
function holders(): { readonly processes: number; readonly each: number } {
  const hard = Number(execFileSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Number.MAX_SAFE_INTEGER;
  const each = Math.min(15_000, hard - 200);
  const clients = Math.min(CLIENTS, WORKERS * Math.floor(each * 0.9));
  const processes = Math.ceil(clients / each);
  return { processes, each: Math.floor(clients / processes) };
}

/** Processes of their own, so that their memory is not ours. Each prints a line once all its connections are up. */
async function startClients(port: number): Promise<ChildProcess[]> {
  const { processes, each } = holders();
  const children = Array.from({ length: processes }, (_, index) => {
    const args = [HOLDER, String(port), String(each), `127.0.${index + 1}.`];
    return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  });
  await Promise.all(children.map((child) => once(child.stdout, 'data')));
  return children;
}

interface Measured {
  readonly ms: number;
  /** User and system time of this process in one run. */
  readonly cpuMs: number;
  readonly stallMs: number;
  readonly extraMib: number;
}

async function measure(probe: Probe<'slots'> | Probe<'sockets'>, target: ProbeTarget): Promise<Measured> {
  const stall = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const before = process.memoryUsage.rss();
  let peak = before;
  const cpu = process.cpuUsage();
  stall.enable();
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    const sample = await probe.run(target, AbortSignal.timeout(10_000));
    times.push(performance.now() - startedAt);
    peak = Math.max(peak, process.memoryUsage.rss());
    if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  }
  stall.disable();
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms: Math.round(median(times)),
    cpuMs: Math.round((user + system) / 1000 / RUNS),
    stallMs: Math.round(stall.max / 1e6),
    extraMib: Math.round((peak - before) / 2 ** 20),
  };
}

async function rowsOf(watched: WatchedNginx): Promise<Row[]> {
  const target = await watched.target();
  const probes = createProbes(createHost());
  const kernel = await probes.kernel.run(target, AbortSignal.timeout(1000));
  const total = kernel.ok ? (kernel.data.tcpInUse ?? 0) : 0;
  const slots = await measure(probes.slots, target);
  const ledger = await measure(probes.sockets, target);
  const sample = await probes.sockets.run(target, AbortSignal.timeout(10_000));
  const found = sample.ok ? sample.data.workers.reduce((sum, worker) => sum + worker.client, 0) : 0;
  const { processes, each } = holders();
  const errorPercent = Math.round(Math.abs(found / (processes * each) - 1) * 1000) / 10;
  return [
    { name: 'TCP sockets on the machine', value: total, unit: 'sockets', target: null, met: null },
    atMost('slot ledger of all workers', ledger.ms, 'ms', MAX_MS),
    atMost('slot ledger, memory', ledger.extraMib, 'MiB', MAX_MIB),
    atMost('slot ledger, error of the client count', errorPercent, '%', 10),
    { name: 'slot ledger, CPU time', value: ledger.cpuMs, unit: 'ms', target: null, met: null },
    atMost('slot ledger, longest stall of the event loop', ledger.stallMs, 'ms', MAX_STALL_MS),
    { name: 'slots of all workers, every tick', value: slots.ms, unit: 'ms', target: null, met: null },
  ];
}

export async function benchSockets(): Promise<Row[]> {
  const watched = await startWatched({
    workers: WORKERS,
    workerConnections: CLIENTS,
    http: 'keepalive_timeout 600s;',
    listenFlags: 'reuseport backlog=4096',
    server: 'location / { return 200; }',
  });
  let children: readonly ChildProcess[] = [];
  try {
    children = await startClients(watched.nginx.port);
    return await rowsOf(watched);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await watched.nginx.dispose();
  }
}
