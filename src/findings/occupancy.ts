/**
 * Who holds the slots of the workers in trouble. One decision for all causes of the slot family, so that two of them
 * cannot both claim the same sockets. Order and shares: src/nginx/README.md §7.2; sockets first, then the page, then the log.
 */
import type { Evidence } from '../core/evidence.ts';
import type { WorkerSockets } from '../core/samples/sockets.ts';
import type { AccessView } from './access.ts';
import type { Thresholds } from './config.ts';
import type { SlotView } from './slots.ts';
import type { StatusPageView } from './status-page.ts';

export type Occupant =
  | 'silent-upstream' // requests wait for an upstream that has not answered a byte
  | 'idle-clients' // kept-alive or silent clients: nginx may close them
  | 'slow-headers'
  | 'tls-handshakes'
  | 'slow-uploads'
  | 'slow-downloads'
  | 'long-lived' // both legs open and quiet: websocket, SSE, long poll
  | 'upstream-pool' // upstream sockets that serve no client
  | 'subrequests' // mirrors, SSI, auth: many upstream legs for one client
  | 'unexplained' // sockets that are neither a client's nor an upstream's
  | 'busy' // clients that are served quickly: there are simply many
  | 'unknown';

export interface Occupancy {
  readonly kind: Occupant;
  /** What it was read from; null when nothing shows it. */
  readonly source: 'sockets' | 'stub-status' | 'log' | null;
  /** One sentence fragment with the numbers that decided. */
  readonly text: string;
  /** The share that decided, 0–1; null when it was no share. */
  readonly share: number | null;
  readonly at: number;
  /** Sockets of the workers in trouble, summed; null when they were not looked at. */
  readonly sockets: SocketSum | null;
}

export interface SocketSum {
  readonly client: number;
  readonly upstream: number;
  readonly unexplained: number;
  readonly total: number;
  readonly clientSendQueued: number;
  readonly clientRecentlyReceived: number | null;
  readonly clientUnanswered: number | null;
  readonly clientUnansweredBodies: number | null;
  readonly clientRecvQueued: number;
  /** Upstream sockets whose newest request has no answer yet, also reused ones; null when that cannot be read. */
  readonly upstreamSilent: number | null;
  readonly upstreamConnecting: number;
  readonly upstreamCloseWait: number;
  readonly topClients: WorkerSockets['topClients'];
  readonly topUpstreams: WorkerSockets['topUpstreams'];
}

/** What the decision may look at. */
export interface OccupancyInput {
  readonly evidence: Evidence;
  readonly page: StatusPageView;
  readonly slots: SlotView;
  readonly access: AccessView;
  readonly sockets: {
    readonly at: number;
    readonly sum: SocketSum;
    /** The previous sample, when it is recent too. */
    readonly before: SocketSum | null;
    readonly freshForMs: number;
  } | null;
  readonly thresholds: Pick<Thresholds, 'minConnections' | 'slowHeaderMs'>;
}

/** Share of clients heard of in the last 2.5 s above which the pile is young, turns over quickly, or is sending. */
export const FRESH_SHARE = 0.6;

/** A worker counts as troubled when it is at least this full compared with the fullest. */
const TROUBLED_SHARE = 0.6;

function sum(workers: readonly WorkerSockets[], of: (worker: WorkerSockets) => number | null): number | null {
  const known = workers.flatMap((worker) => of(worker) ?? []);
  return known.length < workers.length ? null : known.reduce((total, value) => total + value, 0);
}

function merge(lists: readonly (readonly { readonly address: string; readonly sockets: number }[])[]) {
  const counts = new Map<string, number>();
  for (const { address, sockets } of lists.flat()) counts.set(address, (counts.get(address) ?? 0) + sockets);
  return [...counts]
    .map(([address, sockets]) => ({ address, sockets }))
    .sort((a, b) => b.sockets - a.sockets || (a.address < b.address ? -1 : 1))
    .slice(0, 8);
}

/** Unix sockets are in no TCP table: where they are most of the upstream side, nothing shows which of them wait. */
function mostlyUnix({ upstream, topUpstreams }: WorkerSockets): boolean {
  const unix = topUpstreams.filter(({ address }) => address.startsWith('unix:'));
  return unix.reduce((total, { sockets }) => total + sockets, 0) > upstream / 2;
}

function waitingUpstreams(worker: WorkerSockets): number | null {
  return mostlyUnix(worker) ? null : (worker.upstreamAwaiting ?? worker.upstreamSilent);
}

/** The sockets of those workers whose slots are in trouble, or of all when that is not known. */
export function sumTroubled(workers: readonly WorkerSockets[], slots: SlotView): SocketSum {
  const hottest = slots.hottest?.usedRatio ?? 0;
  const troubled = new Set(
    slots.workers.filter((load) => load.usedRatio >= TROUBLED_SHARE * hottest).map((load) => load.pid),
  );
  const chosen = workers.filter((worker) => troubled.has(worker.pid));
  const of = chosen.length > 0 ? chosen : workers;
  const add = (key: keyof WorkerSockets) => of.reduce((total, worker) => total + Number(worker[key]), 0);
  return {
    client: add('client'),
    upstream: add('upstream'),
    unexplained: add('unexplained'),
    total: add('client') + add('upstream') + add('unexplained') + add('resolver'),
    clientSendQueued: add('clientSendQueued'),
    clientRecentlyReceived: sum(of, (worker) => worker.clientRecentlyReceived),
    clientUnanswered: sum(of, (worker) => worker.clientUnanswered ?? null),
    clientUnansweredBodies: sum(of, (worker) => worker.clientUnansweredBodies ?? null),
    clientRecvQueued: add('clientRecvQueued'),
    upstreamSilent: sum(of, waitingUpstreams),
    upstreamConnecting: add('upstreamConnecting'),
    upstreamCloseWait: add('upstreamCloseWait'),
    topClients: merge(of.map((worker) => worker.topClients)),
    topUpstreams: merge(of.map((worker) => worker.topUpstreams)),
  };
}
