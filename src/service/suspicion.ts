/**
 * Whether to look closer: the short interval, and the probes that cost more the more connections there are. Cheap and
 * eager on purpose; it decides how often to look, never what to say.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import { undoneProxies } from '../findings/upstream-keepalive.ts';
import type { Ticker } from '../tail/ticker.ts';

/** Share of the slots, descriptors or accept queue in use from which on a second look every second is worth it. */
const CLOSER_LOOK_RATIO = 0.5;
/** Slots a worker gained since the sample before, as a share of its limit. */
const FAST_FILL_RATIO = 0.08;
/** TIME_WAIT sockets of the host that are worth asking towards whom, where the configuration lets upstreams expect many. */
const MANY_TIME_WAIT = 200;
/** That question is asked once in this long: it counts every socket, and the answer changes slowly. */
const ASK_AGAIN_MS = 8_000;
/** A line of the catalogue keeps suspicion up for this long; the next one brings a look of its own. */
const SIGNAL_FRESH_MS = 8_000;
/** Another verdict is looked at closely for this long. What stays after that shows in figures and lines, or not at all. */
const NEWS_MS = 30_000;
/** Patterns whose lines are part of a quiet day: they say nothing about lost clients. A test checks that each exists. */
export const EVERYDAY: ReadonlySet<string> = new Set([
  'access-forbidden',
  'body-buffered',
  'broken-proxy-protocol',
  'client-bad-request',
  'client-body-too-large',
  'client-closed',
  'client-header-too-large',
  'client-reset',
  'client-timed-out',
  'client-tls-failed',
  'controller-reload',
  'helper-started',
  'limit-conn',
  'limit-req',
  'limit-req-delayed',
  'logs-reopened',
  'nginx-started',
  'reload',
  'response-buffered',
  'server-name-conflict',
  'session-timed-out',
  'signal-received',
  'worker-exited',
  'worker-shutting-down',
  'worker-started',
]);

/** Whether this line is worth a look right now. */
export const isAlarming = (pattern: string): boolean => !EVERYDAY.has(pattern);

const share = (used: number, limit: number | null): number => (limit === null || limit === 0 ? 0 : used / limit);

function nearALimit({ latest }: Evidence): boolean {
  const slots = latest.slots?.ok ? latest.slots.data.workers.map((worker) => share(worker.used, worker.limit)) : [];
  const fds = latest.fds?.ok ? latest.fds.data.workers.map((worker) => share(worker.used, worker.soft)) : [];
  const queues = latest.listeners?.ok
    ? latest.listeners.data.queues.map((queue) => share(queue.recvQ, queue.backlog))
    : [];
  return [...slots, ...fds, ...queues].some((ratio) => ratio >= CLOSER_LOOK_RATIO);
}

function fillingFast({ history }: Evidence): boolean {
  const [before, now] = (history.slots ?? []).slice(-2);
  if (before?.ok !== true || now?.ok !== true) return false;
  const earlier = new Map(before.data.workers.map((worker) => [worker.pid, worker.used]));
  return now.data.workers.some(
    (worker) => share(worker.used - (earlier.get(worker.pid) ?? worker.used), worker.limit) >= FAST_FILL_RATIO,
  );
}

/** The kernel dropped newcomers of some listener of the host between the last two looks. */
function overflowing({ history }: Evidence): boolean {
  const [before, now] = (history.kernel ?? []).slice(-2);
  if (before?.ok !== true || now?.ok !== true) return false;
  return (now.data.listenOverflows ?? 0) > (before.data.listenOverflows ?? Number.POSITIVE_INFINITY);
}

function probeRefused({ latest }: Evidence): boolean {
  const status = latest['stub-status'];
  return status?.ok === true && (!status.data.fresh.ok || status.data.armed?.ok === false);
}

/** A worker that neither runs nor sleeps: stopped, in uninterruptible I/O, or dead. */
function standingStill({ latest }: Evidence): boolean {
  const processes = latest.workers?.ok === true ? latest.workers.data.processes : [];
  return processes.some(({ kind, state }) => kind === 'worker' && !['R', 'S', 'I'].includes(state));
}

/** Upstream connections are not kept although that is configured, and many sockets wait for their end. */
function churning(evidence: Evidence): boolean {
  const { latest, asOf } = evidence;
  const timeWait = latest.kernel?.ok === true ? (latest.kernel.data.timeWaitSockets ?? 0) : 0;
  if (timeWait < MANY_TIME_WAIT || asOf - (latest.sockets?.at ?? 0) < ASK_AGAIN_MS) return false;
  return undoneProxies(evidence).length > 0;
}

/** Lines of the catalogue, also those that wait for the next look. */
function freshSignals({ signals, waitingLines, asOf }: Evidence): boolean {
  if (waitingLines !== undefined) return true;
  return [...signals.values()].some((tally) => isAlarming(tally.pattern) && asOf - tally.lastAt <= SIGNAL_FRESH_MS);
}

/** `diagnosis`: what is newly concluded (see News); null for none. */
export function isSuspicious(evidence: Evidence, diagnosis: Diagnosis | null): boolean {
  return (
    (diagnosis !== null && diagnosis.verdict !== 'healthy') ||
    nearALimit(evidence) ||
    fillingFast(evidence) ||
    overflowing(evidence) ||
    probeRefused(evidence) ||
    standingStill(evidence) ||
    churning(evidence) ||
    freshSignals(evidence)
  );
}

export interface News {
  concluded(diagnosis: Diagnosis): void;
  /** The newest diagnosis while its verdict is new; null later: an incident that stays open costs what a quiet day costs. */
  diagnosis(): Diagnosis | null;
}

export function createNews(ticker: Pick<Ticker, 'monotonicMs'>): News {
  let [newest, changedAt]: [Diagnosis | null, number] = [null, Number.NEGATIVE_INFINITY];
  return {
    concluded(diagnosis) {
      if (newest?.verdict !== diagnosis.verdict || newest.cause !== diagnosis.cause) changedAt = ticker.monotonicMs();
      newest = diagnosis;
    },
    diagnosis: () => (ticker.monotonicMs() - changedAt < NEWS_MS ? newest : null),
  };
}
