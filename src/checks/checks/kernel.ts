/**
 * Checks kernel counters in the network namespace of nginx. They cover every listener there, so overflows count for
 * nginx only while one of its queues is full. Twice another process caused them (src/nginx/README.md §6).
 */
import type { Evidence } from '../../core/evidence.ts';
import { percent, perSecond } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { KernelData } from '../../core/samples/kernel.ts';
import type { Findings } from '../../findings/findings.ts';
import type { Growth } from '../../findings/trend.ts';
import { answer, type Check, couldNotLook, worst } from '../answer.ts';
import { newest } from '../look.ts';
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

function checkKernel(evidence: Evidence, findings: Findings): CheckResult {
  const seen = newest(evidence, 'kernel');
  if (!seen.ok) {
    const remedy = 'Run gapwatch in the PID namespace of nginx';
    return couldNotLook('kernel', evidence, seen, { what: 'The kernel counters', remedy, equivalent: EQUIVALENT });
  }
  const { data } = seen;
  const { queues, burst, conntrack, loss, thresholds } = findings;
  const { overflows, drops, peaked, peakRatio } = queues;
  const ours = peaked !== null && peakRatio >= thresholds.queueFullRatio ? peaked.address : null;
  const conntrackRatio = conntrack.usedRatio;
  const tableFull = conntrack.dropsLogged;
  return answer('kernel', evidence, {
    status: worst(
      loss.on('queue').now || burst !== null ? 'critical' : 'ok',
      conntrack.isFull ? 'critical' : (conntrackRatio ?? 0) >= thresholds.conntrackHighRatio ? 'warning' : 'ok',
    ),
    text: [
      overflowText(data, overflows, ours, burst !== null),
      burst === null
        ? null
        : `nginx accepts ${perSecond(burst.acceptsPerSecond)} through queues of which ${burst.queue.address} holds ${burst.queue.backlog}: it overflows in bursts.`,
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

function overflowText(data: KernelData, overflows: Growth | null, ours: string | null, inBursts: boolean): string {
  if (overflows === null) return `ListenOverflows is ${data.listenOverflows}; whether it grows needs a second sample.`;
  if (overflows.total === 0)
    return `No accept queue overflows (ListenOverflows is constant at ${data.listenOverflows}).`;
  const rate = `ListenOverflows grows by ${perSecond(overflows.perSecond)}`;
  if (ours !== null) return `${rate} and nginx's queue on ${ours} is full: clients see connect timeouts.`;
  if (inBursts) return `${rate}.`;
  return `${rate}, but no queue of nginx is full: another process on this host, or short bursts that cost a client 1 s.`;
}
