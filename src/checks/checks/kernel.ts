/**
 * Counters of the kernel in nginx's network namespace. They speak of every listener there, so overflows mean nginx
 * only while one of its own queues is full; alone they were another process twice (src/nginx/README.md §6).
 */
import type { Evidence } from '../../core/evidence.ts';
import { percent, perSecond } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { KernelData } from '../../core/samples/kernel.ts';
import { answer, type Check, couldNotLook, grade, worst } from '../answer.ts';
import { CONNTRACK_FULL } from '../log-patterns.ts';
import { activeLines, type Growth, growth, history, newest } from '../look.ts';
import { type CheckThresholds, FULL_RATIO } from '../thresholds.ts';
import { rounded } from '../words.ts';

const EQUIVALENT =
  'nstat -az TcpExtListenOverflows TcpExtListenDrops TcpExtSyncookiesSent; cat /proc/net/sockstat; ' +
  'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max';

export const check: Check = {
  id: 'kernel',
  place: 70,
  does: 'listen overflows, SYN cookies, conntrack',
  judge: checkKernel,
};

function checkKernel(evidence: Evidence, thresholds: CheckThresholds): CheckResult {
  const seen = newest(evidence, 'kernel');
  if (!seen.ok) {
    const remedy = 'Run gapwatch in the PID namespace of nginx';
    return couldNotLook('kernel', evidence, seen, { what: 'The kernel counters', remedy, equivalent: EQUIVALENT });
  }
  const { data } = seen;
  const overflows = growthOf(evidence, thresholds, 'listenOverflows');
  const drops = growthOf(evidence, thresholds, 'listenDrops');
  const ours = fullQueue(evidence, thresholds);
  const conntrackRatio =
    data.conntrackCount === null || !data.conntrackMax ? null : data.conntrackCount / data.conntrackMax;
  const tableFull = activeLines(evidence, CONNTRACK_FULL, thresholds.activeMs).length > 0;
  const overflowing = (overflows?.total ?? 0) > 0;
  return answer('kernel', evidence, {
    status: worst(
      overflowing && ours !== null ? 'critical' : 'ok',
      tableFull ? 'critical' : grade(conntrackRatio ?? 0, thresholds.conntrackHighRatio, FULL_RATIO),
    ),
    text: [
      overflowText(data, overflows, ours),
      conntrackRatio === null
        ? null
        : `Connection tracking holds ${data.conntrackCount} of ${data.conntrackMax} (${percent(conntrackRatio)}).`,
      tableFull ? 'The kernel log says that the connection-tracking table is full: packets are dropped.' : null,
    ],
    values: valuesOf(data, overflows, drops, conntrackRatio),
    equivalent: EQUIVALENT,
    basis: [seen],
  });
}

function valuesOf(
  data: KernelData,
  overflows: Growth | null,
  drops: Growth | null,
  conntrackRatio: number | null,
): CheckResult['values'] {
  return {
    listenOverflows: data.listenOverflows,
    listenDrops: data.listenDrops,
    listenOverflowsPerSecond: overflows === null ? null : rounded(overflows.perSecond),
    listenDropsPerSecond: drops === null ? null : rounded(drops.perSecond),
    syncookiesSent: data.syncookiesSent,
    tcpAbortOnMemory: data.tcpAbortOnMemory,
    timeWaitSockets: data.timeWaitSockets,
    tcpSocketsInUse: data.tcpInUse,
    orphanSockets: data.orphanSockets,
    conntrackCount: data.conntrackCount,
    conntrackMax: data.conntrackMax,
    conntrackUsedRatio: conntrackRatio === null ? null : rounded(conntrackRatio),
  };
}

function growthOf(evidence: Evidence, thresholds: CheckThresholds, key: keyof KernelData): Growth | null {
  const points = history(evidence, 'kernel').flatMap(({ at, data }) => {
    const value = data[key];
    return value === null ? [] : [{ at, value }];
  });
  return growth(points, evidence.asOf, thresholds.activeMs);
}

/** The address of a queue of nginx's own that was full in the time looked at. */
function fullQueue(evidence: Evidence, thresholds: CheckThresholds): string | null {
  for (const { at, data } of history(evidence, 'listeners').toReversed()) {
    if (at < evidence.asOf - thresholds.activeMs) break;
    const full = data.queues.find(
      ({ recvQ, backlog }) => backlog !== null && backlog > 0 && recvQ / backlog >= thresholds.queueFullRatio,
    );
    if (full !== undefined) return full.address;
  }
  return null;
}

function overflowText(data: KernelData, overflows: Growth | null, ours: string | null): string {
  if (overflows === null)
    return `ListenOverflows stands at ${data.listenOverflows}; whether it grows needs a second look.`;
  if (overflows.total === 0)
    return `No accept queue overflows (ListenOverflows stands still at ${data.listenOverflows}).`;
  const rate = `ListenOverflows grows by ${perSecond(overflows.perSecond)}`;
  if (ours !== null) return `${rate} and nginx's queue on ${ours} is full: clients see connect timeouts.`;
  return `${rate}, but no queue of nginx is full: another process on this host, or short bursts that cost a client 1 s.`;
}
