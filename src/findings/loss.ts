/**
 * Clients lost, leg by leg. No single counter sees them all: the gap misses starved upstream legs, descriptors and the
 * kernel's queue; the log misses the kernel and reuse; the page misses everything while it is refused itself.
 */
import { type Losing, NOT_LOSING, uncounted } from '../core/diagnosis.ts';
import type { ProbeFailure } from '../core/sample.ts';
import type { AccessView } from './access.ts';
import type { DescriptorView } from './descriptors.ts';
import { isActive, type Lines } from './log.ts';
import type { QueueView } from './queues.ts';
import type { SlotView } from './slots.ts';
import type { StatusPageView } from './status-page.ts';

export type Leg = 'accept' | 'upstream-leg' | 'descriptors' | 'queue' | 'reuse' | 'bad-gateway' | 'probe';

export interface LossView {
  /** The loss on the given legs together; `how` names the largest. */
  on(...legs: readonly Leg[]): Losing;
}

interface LossInput {
  readonly page: StatusPageView;
  readonly slots: SlotView;
  readonly descriptors: DescriptorView;
  readonly queues: QueueView;
  readonly access: AccessView;
  readonly queueFullRatio: number;
}

export function linesLost(lines: Lines | null, how: string): Losing {
  if (lines === null) return NOT_LOSING;
  return { now: isActive(lines), perSecond: lines.perSecond, total: lines.count, how: isActive(lines) ? how : null };
}

/** A1 and the gap count the same clients (src/nginx/README.md §1.1): the larger of the two, not the sum. */
function acceptLoss({ page, slots }: LossInput): Losing {
  const logged = linesLost(slots.refused, 'connections reset by a full worker');
  if (page.gapGrowth <= logged.total) return logged;
  const perSecond = Math.max(page.gapPerSecond, logged.perSecond);
  return { now: true, perSecond, total: page.gapGrowth, how: 'connections reset by a full worker' };
}

function queueLoss({ queues, queueFullRatio }: LossInput): Losing {
  const growth = queues.overflows ?? queues.drops;
  if (growth === null || growth.total <= 0 || queues.peakRatio < queueFullRatio) return NOT_LOSING;
  return {
    now: true,
    perSecond: growth.perSecond,
    total: growth.total,
    how: 'connections dropped by a full accept queue',
  };
}

/** Connections that were handled and closed before their request was read (src/nginx/README.md §1.3). */
function reuseLoss({ page }: LossInput): Losing {
  const missing = (page.handledPerSecond ?? 0) - (page.requestsPerSecond ?? 0);
  if (page.handledPerSecond === null || page.requestsPerSecond === null || missing <= 0) return NOT_LOSING;
  return { now: true, perSecond: missing, total: 0, how: 'connections closed before their request was read' };
}

function badGateways({ access }: LossInput): Losing {
  const total = access.status(502) + access.status(504);
  if (total === 0) return NOT_LOSING;
  return { now: true, perSecond: (total * 1000) / Math.max(1000, access.overMs), total, how: '502 and 504 answers' };
}

/** What a probe that fails this way says of the clients beside it. */
const PROBE_LOSSES: { readonly [R in ProbeFailure]?: string } = {
  reset: 'new connections reset',
  refused: 'connections refused',
  'connect-timeout': 'connect timeouts',
  'read-timeout': 'connections accepted and left without an answer',
};

function probeLoss({ page }: LossInput): Losing {
  const { failure } = page;
  if (failure === null || failure.count < 2) return NOT_LOSING;
  const how = PROBE_LOSSES[failure.reason];
  return how === undefined ? NOT_LOSING : uncounted(how);
}

const LEGS: Readonly<Record<Leg, (input: LossInput) => Losing>> = {
  accept: acceptLoss,
  'upstream-leg': ({ slots }) => linesLost(slots.starved, '500s for want of an upstream slot'),
  descriptors: ({ descriptors }) =>
    linesLost(descriptors.emfile, 'clients left waiting or answered 500 for want of a descriptor'),
  queue: queueLoss,
  reuse: reuseLoss,
  'bad-gateway': badGateways,
  probe: probeLoss,
};

export function addLosses(losses: readonly Losing[]): Losing {
  const now = losses.filter((loss) => loss.now).sort((a, b) => b.perSecond - a.perSecond);
  return {
    now: now.length > 0,
    perSecond: Math.round(now.reduce((sum, loss) => sum + loss.perSecond, 0) * 10) / 10,
    total: losses.reduce((sum, loss) => sum + loss.total, 0),
    how: now[0]?.how ?? null,
  };
}

export function readLoss(input: LossInput): LossView {
  return { on: (...legs) => addLosses(legs.map((leg) => LEGS[leg](input))) };
}
