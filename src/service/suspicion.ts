/**
 * Decides whether to poll at the short interval and with the expensive probes. Errs towards polling more often. Never
 * affects a diagnosis.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Signal } from '../core/signal.ts';
import { undoneProxies } from '../findings/upstream-keepalive.ts';
import type { Ticker } from '../tail/ticker.ts';

/** Share of slots, descriptors or accept queue in use that justifies a poll every second. */
const CLOSER_LOOK_RATIO = 0.5;
/** Growth of a worker's slots since the last sample that counts as fast, as a share of its limit. */
const FAST_FILL_RATIO = 0.08;
/** TIME_WAIT sockets that justify a count per upstream where the configuration enables upstream keepalive. */
const MANY_TIME_WAIT = 200;
/** Least time between two such counts: a count visits every socket, and the result changes slowly. */
const ASK_AGAIN_MS = 8_000;
/** A signal keeps suspicion up for this long. */
const SIGNAL_FRESH_MS = 8_000;
/** A new verdict keeps suspicion up for this long. */
const NEWS_MS = 30_000;
/** Whether this line justifies a poll now: it is no part of a quiet day. */
export const isAlarming = ({ meaning }: Pick<Signal, 'meaning'>): boolean => meaning?.role !== 'everyday';

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

/** The kernel dropped connections of a listener between the last two samples. */
function acceptQueueOverflows({ history }: Evidence): boolean {
  const [before, now] = (history.kernel ?? []).slice(-2);
  if (before?.ok !== true || now?.ok !== true) return false;
  return (now.data.listenOverflows ?? 0) > (before.data.listenOverflows ?? Number.POSITIVE_INFINITY);
}

function statusPageRefuses({ latest }: Evidence): boolean {
  const status = latest['stub-status'];
  return status?.ok === true && (!status.data.fresh.ok || status.data.armed?.ok === false);
}

/** A worker that neither runs nor sleeps: stopped, in uninterruptible I/O, or dead. */
function hasStalledWorker({ latest }: Evidence): boolean {
  const processes = latest.workers?.ok === true ? latest.workers.data.processes : [];
  return processes.some(({ kind, state }) => kind === 'worker' && !['R', 'S', 'I'].includes(state));
}

/** Upstream keepalive is configured but does not work, and many sockets are in TIME_WAIT. */
function churning(evidence: Evidence): boolean {
  const { latest, asOf } = evidence;
  const timeWait = latest.kernel?.ok === true ? (latest.kernel.data.timeWaitSockets ?? 0) : 0;
  if (timeWait < MANY_TIME_WAIT || asOf - (latest.sockets?.at ?? 0) < ASK_AGAIN_MS) return false;
  return undoneProxies(evidence).length > 0;
}

/** Recent alarming signals, also those that wait for the next sample. */
function freshSignals({ signals, waitingLines, asOf }: Evidence): boolean {
  if (waitingLines !== undefined) return true;
  return [...signals.values()].some((tally) => isAlarming(tally.last) && asOf - tally.lastAt <= SIGNAL_FRESH_MS);
}

/** `diagnosis` is the newest one while its verdict is new (see News); else null. */
export function isSuspicious(evidence: Evidence, diagnosis: Diagnosis | null): boolean {
  return (
    (diagnosis !== null && diagnosis.verdict !== 'healthy') ||
    nearALimit(evidence) ||
    fillingFast(evidence) ||
    acceptQueueOverflows(evidence) ||
    statusPageRefuses(evidence) ||
    hasStalledWorker(evidence) ||
    churning(evidence) ||
    freshSignals(evidence)
  );
}

export interface News {
  concluded(diagnosis: Diagnosis): void;
  /**
   * The newest diagnosis while its verdict is new; null later, so that a long incident costs no more than a quiet day.
   */
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
