/**
 * The kernel side of accepting: nginx's own accept queues and the host's drop counters. The counters speak of every
 * listener of the namespace, so they mean nginx only while one of nginx's queues is full.
 */
import type { Evidence } from '../core/evidence.ts';
import { inARow, pointsBy, seen, withBaseline, within } from './samples.ts';
import { counterGrowth, type Growth, secondsUntil, steadyGrowth } from './trend.ts';

export interface QueueLoad {
  readonly address: string;
  readonly recvQ: number;
  readonly backlog: number;
  readonly usedRatio: number;
  /** The highest share in the active window. */
  readonly peakRatio: number;
  readonly secondsToFull: number | null;
}

export interface QueueView {
  /** nginx's own queues with a known length, fullest first. */
  readonly queues: readonly QueueLoad[];
  readonly fullest: QueueLoad | null;
  /** The one that was fullest in the active window, though it may have drained since. */
  readonly peaked: QueueLoad | null;
  readonly at: number | null;
  /** The highest share any of nginx's queues had in the active window: queues fill and drain within a second. */
  readonly peakRatio: number;
  /** Samples in a row, newest first, with a full queue. */
  readonly fullFor: number;
  /** Looks in a row, newest first, in which one and the same queue held somebody: a queue in use is empty in between. */
  readonly waitingFor: number;
  /** The same, while that queue never became shorter: no worker accepts from it. */
  readonly standingFor: number;
  /** True after enough such samples: a worker that is only slow accepts between two of them. */
  readonly stands: boolean;
  readonly overflows: Growth | null;
  readonly drops: Growth | null;
  /** ListenOverflows of the only reading there is; null when it was read again: then its growth counts. */
  readonly overflowsNoted: number | null;
  /** False: the queues could not be looked at. */
  readonly known: boolean;
}

interface Options {
  readonly activeMs: number;
  readonly trendMs: number;
  readonly fullRatio: number;
}

function kernelGrowth(evidence: Evidence, activeMs: number, key: 'listenOverflows' | 'listenDrops'): Growth | null {
  const points = withBaseline(seen(evidence, 'kernel'), evidence.asOf, activeMs);
  return counterGrowth(points.flatMap(({ at, data }) => (data[key] === null ? [] : [{ at, value: data[key] }])));
}

function kernelNoted(evidence: Evidence): number | null {
  const [only, ...more] = seen(evidence, 'kernel');
  return only === undefined || more.length > 0 ? null : only.data.listenOverflows;
}

const STANDING_LOOKS = 3;

export function readQueues(evidence: Evidence, options: Options): QueueView {
  const samples = within(seen(evidence, 'listeners'), evidence.asOf, Math.max(options.activeMs, options.trendMs));
  const last = samples.at(-1);
  const queues = last?.data.queues ?? [];
  const lengthsOf = pointsBy(samples, (data) => data.queues.map(({ inode, recvQ }) => [inode, recvQ] as const));
  const loads = queues.flatMap(({ address, recvQ, backlog, inode }) => {
    if (backlog === null || backlog <= 0) return [];
    const points = lengthsOf(inode);
    const perSecond = steadyGrowth(within(points, evidence.asOf, options.trendMs));
    const peakRatio = Math.max(...points.map(({ value }) => value)) / backlog;
    const secondsToFull = secondsUntil(backlog, recvQ, perSecond);
    return [{ address, recvQ, backlog, usedRatio: recvQ / backlog, peakRatio, secondsToFull }];
  });
  loads.sort((a, b) => b.usedRatio - a.usedRatio || (a.address < b.address ? -1 : 1));
  const standingFor = heldFor(
    samples.map(({ data }) => data.queues),
    (recvQ, next) => recvQ <= next,
  );
  const peaks = samples.map(({ data }) => peak(data.queues));
  return {
    queues: loads,
    fullest: loads[0] ?? null,
    peaked: loads.toSorted((a, b) => b.peakRatio - a.peakRatio)[0] ?? null,
    at: last?.at ?? null,
    peakRatio: Math.max(0, ...peaks),
    fullFor: inARow(peaks, (ratio) => ratio >= options.fullRatio),
    waitingFor: heldFor(samples.map(({ data }) => data.queues)),
    standingFor,
    stands: standingFor >= STANDING_LOOKS,
    overflows: kernelGrowth(evidence, options.activeMs, 'listenOverflows'),
    drops: kernelGrowth(evidence, options.activeMs, 'listenDrops'),
    overflowsNoted: kernelNoted(evidence),
    known: last !== undefined,
  };
}

function peak(queues: readonly { readonly recvQ: number; readonly backlog: number | null }[]): number {
  return queues.reduce((most, { recvQ, backlog }) => Math.max(most, backlog ? recvQ / backlog : 0), 0);
}

type Queues = readonly { readonly inode: number; readonly recvQ: number }[];

/** Looks in a row, newest first, in which one queue held somebody and each pair of lengths passes `goesOn`. */
function heldFor(looks: readonly Queues[], goesOn: (recvQ: number, next: number) => boolean = () => true): number {
  const lengths = looks.map((queues) => new Map(queues.map(({ inode, recvQ }) => [inode, recvQ]))).toReversed();
  const ofQueue = [...(lengths[0] ?? [])].map(([inode]) => {
    let next = Infinity;
    const end = lengths.findIndex((look) => {
      const recvQ = look.get(inode) ?? 0;
      const ends = recvQ === 0 || !goesOn(recvQ, next);
      next = recvQ;
      return ends;
    });
    return end === -1 ? lengths.length : end;
  });
  return Math.max(0, ...ofQueue);
}
