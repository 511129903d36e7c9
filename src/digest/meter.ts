/**
 * Turns samples and signals into the series of the digest. Converts counters to increments across restarts, so that
 * later stages need not handle resets.
 */
import type { ProbeData, ProbeId, Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';

export interface Measured {
  readonly metric: string;
  readonly key: string;
  readonly at: number;
  readonly value: number;
  /** Adds to a value of the same time, because log lines carry whole seconds. */
  readonly increment?: boolean;
}

export interface Meter {
  sample(sample: Sample): Measured[];
  /** Lines of each pattern and moment, as increments. */
  signals(signals: readonly Signal[]): Measured[];
}

type Add = (metric: string, key: string, value: number | null | undefined) => void;

/** Metrics that the digest only sums. They are added up per minute, because a host may have hundreds of each. */
const SUMMED: ReadonlySet<string> = new Set(['upstream.requests', 'upstream.5xx']);
const MINUTE_MS = 60_000;

/** Workers are identified by rank of pid, because a reload changes the pids but not the ranks. */
const ranked = <T extends { readonly pid: number }>(workers: readonly T[]): [string, T][] =>
  [...workers].sort((a, b) => a.pid - b.pid).map((worker, rank) => [`w${rank}`, worker]);

const largest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));

const ratios = (pairs: readonly (readonly [number, number | null])[]): number[] =>
  pairs.flatMap(([used, limit]) => (limit === null || limit <= 0 ? [] : used / limit));

function measureSlots(data: ProbeData['slots'], add: Add): void {
  for (const [rank, worker] of ranked(data.workers)) add('slots.used', rank, worker.used);
  add('slots.limit', '', data.workers[0]?.limit);
  add('slots.hottestUsed', '', largest(data.workers.map((worker) => worker.used)));
  add('slots.hottestRatio', '', largest(ratios(data.workers.map((worker) => [worker.used, worker.limit] as const))));
  add('workers.current', '', data.workers.length);
  add('workers.old', '', data.old.length);
}

function measureFds(data: ProbeData['fds'], add: Add): void {
  for (const [rank, worker] of ranked(data.workers)) add('fds.used', rank, worker.used);
  add('fds.softLimit', '', data.workers[0]?.soft);
  add('fds.hottestRatio', '', largest(ratios(data.workers.map((worker) => [worker.used, worker.soft] as const))));
}

function measureAccess(data: ProbeData['access'], add: Add): void {
  add('access.requests', '', data.requests);
  const failed = Object.entries(data.status).filter(([status]) => status.startsWith('5'));
  add(
    'access.5xx',
    '',
    failed.reduce((sum, [, count]) => sum + count, 0),
  );
  for (const upstream of data.upstreams) {
    add('upstream.requests', upstream.peer, upstream.requests);
    add('upstream.5xx', upstream.peer, upstream.errors5xx);
  }
}

type Increase = (name: string, value: number | null) => number | null;

/** The metrics of each probe. A probe without an entry has none. */
const MEASURES: { readonly [P in ProbeId]?: (data: ProbeData[P], add: Add, increase: Increase) => void } = {
  slots: measureSlots,
  fds: measureFds,
  access: measureAccess,
  listeners(data, add) {
    for (const queue of data.queues) add('backlog.recvQ', queue.address, queue.recvQ);
    add('backlog.fullestRatio', '', largest(ratios(data.queues.map((queue) => [queue.recvQ, queue.backlog] as const))));
  },
  kernel(data, add, increase) {
    add('kernel.listenOverflows', '', increase('listenOverflows', data.listenOverflows));
    add('kernel.listenDrops', '', increase('listenDrops', data.listenDrops));
    add('kernel.timeWaitSockets', '', data.timeWaitSockets);
  },
  'stub-status'({ counters }, add, increase) {
    add('status.unreadable', '', counters === null ? 1 : 0);
    if (counters === null) return;
    add('status.active', '', counters.active);
    add('status.waiting', '', counters.waiting);
    add('status.requests', '', increase('requests', counters.requests));
    add('status.dropped', '', increase('dropped', Math.max(0, counters.accepts - counters.handled)));
  },
  sockets(data, add) {
    const client = data.workers.reduce((sum, worker) => sum + worker.client, 0);
    const upstream = data.workers.reduce((sum, worker) => sum + worker.upstream, 0);
    add('sockets.upstreamPerClient', '', client === 0 ? null : upstream / client);
  },
};

function apply<P extends ProbeId>(probe: P, data: ProbeData[P], add: Add, increase: Increase): void {
  MEASURES[probe]?.(data, add, increase);
}

/** Keeps the last value of each counter. */
export function createMeter(): Meter {
  const counters = new Map<string, number>();

  /** Increase since the last sample; null the first time. A counter that fell has restarted from zero. */
  const increase: Increase = (name, value) => {
    if (value === null) return null;
    const before = counters.get(name);
    counters.set(name, value);
    if (before === undefined) return null;
    return value >= before ? value - before : value;
  };

  return {
    sample(sample) {
      const measured: Measured[] = [];
      const add: Add = (metric, key, value) => {
        if (value === null || value === undefined || !Number.isFinite(value)) return;
        if (SUMMED.has(metric)) {
          const minute = Math.floor(sample.at / MINUTE_MS) * MINUTE_MS;
          measured.push({ metric, key, at: minute, value, increment: true });
        } else measured.push({ metric, key, at: sample.at, value });
      };
      if (sample.ok) apply(sample.probe, sample.data, add, increase);
      return measured;
    },
    signals(signals) {
      const lines = new Map<string, Measured>();
      for (const { pattern, at, count } of signals) {
        const key = `${pattern} ${at}`;
        const value = count + (lines.get(key)?.value ?? 0);
        lines.set(key, { metric: 'log.lines', key: pattern, at, value, increment: true });
      }
      return [...lines.values()];
    },
  };
}
