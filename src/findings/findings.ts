/**
 * What causes and checks conclude from, derived once for each evidence: views over it, none of which names a cause.
 * Pure: the same evidence gives the same findings.
 */
import { type Evidence, remembered } from '../core/evidence.ts';
import type { Signal } from '../core/signal.ts';
import { type AccessView, readAccess } from './access.ts';
import { type Burst, readBurst } from './burst.ts';
import type { Thresholds } from './config.ts';
import { type ConntrackView, readConntrack } from './conntrack.ts';
import { decideOccupancy } from './decide-occupancy.ts';
import { type DescriptorView, readDescriptors } from './descriptors.ts';
import { type LifeView, readLife } from './life.ts';
import { type Groups, type Lines, readLines } from './log.ts';
import { type LossView, readLoss } from './loss.ts';
import { FRESH_SHARE, type Occupancy, type OccupancyInput, sumTroubled } from './occupancy.ts';
import { type PortUse, readPorts } from './ports.ts';
import { type QueueView, readQueues } from './queues.ts';
import { samplingIntervalMs, seen, within } from './samples.ts';
import { readSlots, type SlotOptions, type SlotView } from './slots.ts';
import { readStatusPage, type StatusPageView } from './status-page.ts';

export interface Findings {
  readonly thresholds: Thresholds;
  /** Time between samples. */
  readonly intervalMs: number;
  /** What is younger than this happens now. */
  readonly activeMs: number;
  readonly page: StatusPageView;
  readonly slots: SlotView;
  readonly occupancy: Occupancy;
  readonly descriptors: DescriptorView;
  readonly queues: QueueView;
  readonly burst: Burst | null;
  readonly conntrack: ConntrackView;
  /** The upstream peer with most local ports taken. */
  readonly ports: PortUse | null;
  readonly life: LifeView;
  readonly access: AccessView;
  readonly loss: LossView;
  /** Log lines of these groups in the window; null when there are none. */
  lines(groups: Groups, where?: (signal: Signal) => boolean): Lines | null;
}

/** Looks that a trend needs, at the least and in time. */
const TREND_LOOKS = 4;
const TREND_MIN_MS = 10_000;
const ACTIVE_LOOKS = 4;

/** For how long nearly all clients were heard of just then. */
function freshForMs(evidence: Evidence, slots: SlotView): number {
  const looks = seen(evidence, 'sockets').toReversed();
  let since = looks[0]?.at ?? 0;
  for (const { at, data } of looks) {
    const sum = sumTroubled(data.workers, slots);
    if ((sum.clientRecentlyReceived ?? 0) <= FRESH_SHARE * sum.client) break;
    since = at;
  }
  return (looks[0]?.at ?? 0) - since;
}

function socketsInTrouble(evidence: Evidence, slots: SlotView, ageMs: number): OccupancyInput['sockets'] {
  const looks = within(seen(evidence, 'sockets'), evidence.asOf, ageMs);
  const [before, last] = [looks.at(-2), looks.at(-1)];
  if (last === undefined) return null;
  return {
    at: last.at,
    sum: sumTroubled(last.data.workers, slots),
    before: before === undefined ? null : sumTroubled(before.data.workers, slots),
    freshForMs: freshForMs(evidence, slots),
  };
}

type Views = Pick<OccupancyInput, 'evidence' | 'page' | 'slots' | 'access'>;

function occupancyOf(views: Views, { activeMs, thresholds }: Pick<SlotOptions, 'activeMs' | 'thresholds'>): Occupancy {
  return decideOccupancy({ ...views, thresholds, sockets: socketsInTrouble(views.evidence, views.slots, activeMs) });
}

/** The occupant of the slots while they were short, not of the few that are used now. */
function occupancyThen(evidence: Evidence, at: number, options: SlotOptions): Occupancy {
  const then = upTo(evidence, at);
  const page = readStatusPage(then, options.activeMs, options.workers, options.thresholds.minConnections);
  const slots = readSlots(then, page, options);
  return occupancyOf({ evidence: then, page, slots, access: readAccess(then, options.activeMs) }, options);
}

/** What was known at that moment; samples of one round are some milliseconds apart. */
function upTo(evidence: Evidence, at: number): Evidence {
  const asOf = at + 250;
  const history = Object.fromEntries(
    Object.entries(evidence.history).map(([probe, samples]) => [probe, samples.filter((sample) => sample.at <= asOf)]),
  );
  return { ...evidence, asOf, history };
}

function derive(evidence: Evidence, thresholds: Thresholds): Findings {
  const intervalMs = samplingIntervalMs(evidence);
  const activeMs = Math.max(thresholds.activeMs, ACTIVE_LOOKS * intervalMs);
  const trendMs = Math.max(TREND_MIN_MS, TREND_LOOKS * intervalMs + 1);
  const times = { thresholds, activeMs, trendMs };
  const life = readLife(evidence, times);
  const page = readStatusPage(evidence, activeMs, life.expected, thresholds.minConnections);
  const slotOptions = { ...times, workers: life.expected };
  const slots = readSlots(evidence, page, slotOptions);
  const access = readAccess(evidence, activeMs);
  const descriptors = readDescriptors(evidence, times);
  const queues = readQueues(evidence, { activeMs, trendMs, fullRatio: thresholds.queueFullRatio });
  const { queueFullRatio } = thresholds;
  return {
    thresholds,
    intervalMs,
    activeMs,
    page,
    slots,
    occupancy:
      slots.emptiedAfter === null
        ? occupancyOf({ evidence, page, slots, access }, times)
        : occupancyThen(evidence, slots.emptiedAfter, slotOptions),
    descriptors,
    queues,
    burst: readBurst(evidence, queues, activeMs),
    conntrack: readConntrack(evidence, activeMs),
    ports: readPorts(evidence, activeMs),
    life,
    access,
    loss: readLoss({ page, slots, descriptors, queues, access, queueFullRatio }),
    lines: (groups, where) => readLines(evidence, activeMs, groups, where),
  };
}

const derived = remembered((evidence: Evidence) =>
  remembered((thresholds: Thresholds): Findings => derive(evidence, thresholds)),
);

/** Who asks again for the same evidence and thresholds gets the same answer, at no cost. */
export function findingsOf(evidence: Evidence, thresholds: Thresholds): Findings {
  return derived(evidence)(thresholds);
}
