/** Checks the accept queues of nginx: how many connections wait in the kernel, out of the backlog. */
import type { Evidence } from '../../core/evidence.ts';
import { duration, percent, perSecond, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { ListenQueue } from '../../core/samples/listeners.ts';
import type { Findings } from '../../findings/findings.ts';
import { isImminent } from '../../findings/trend.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { rounded } from '../words.ts';

export const check: Check = {
  id: 'backlog',
  place: 60,
  does: 'accept queues of the listening sockets',
  judge: checkBacklog,
};

function checkBacklog(evidence: Evidence, findings: Findings): CheckResult {
  const seen = newest(evidence, 'listeners');
  if (!seen.ok) {
    const remedy = 'Run gapwatch as root in the PID namespace of nginx';
    return couldNotLook('backlog', evidence, seen, { what: 'The accept queues', remedy, equivalent: 'ss -ltn' });
  }
  const queues = seen.data.queues.map(withRatio).toSorted((a, b) => (b.usedRatio ?? -1) - (a.usedRatio ?? -1));
  const [fullest] = queues;
  const { queues: view, thresholds, loss } = findings;
  const overflows = view.overflows?.perSecond ?? 0;
  const full = (fullest?.usedRatio ?? 0) >= thresholds.queueFullRatio;
  const losing = loss.on('queue').now;
  const soon = isImminent(view.fullest, thresholds.forecastMs);
  const blind = queues.length > 0 && queues.every((queue) => queue.backlog === null);
  return answer('backlog', evidence, {
    status: losing
      ? 'critical'
      : full || soon || view.stands
        ? 'warning'
        : queues.length === 0 || blind
          ? 'unknown'
          : 'ok',
    text: [
      fullest === undefined ? 'No listening socket of nginx was found.' : fullestText(fullest, queues.length),
      soon && !full ? `It is full in ${duration((view.fullest?.secondsToFull ?? 0) * 1000)}.` : null,
      view.stands
        ? `A queue has not become shorter for ${view.standingFor} samples: the workers decide whether that is a stall.`
        : null,
      full && !losing ? 'The kernel is not seen to drop connections for it.' : null,
      losing && !full ? `The queue of ${view.peaked?.address ?? 'a listener'} was full moments ago.` : null,
      losing
        ? `The kernel drops connections (ListenOverflows ${perSecond(overflows)}): clients see connect timeouts.`
        : null,
      blind ? 'Their length is unknown: install iproute2, which has `ss`.' : null,
    ],
    values: {
      fullestAddress: fullest?.address ?? null,
      waitingConnections: fullest?.recvQ ?? null,
      backlogConnections: fullest?.backlog ?? null,
      usedRatio: fullest?.usedRatio ?? null,
      listenOverflowsPerSecond: rounded(overflows),
      queues,
    },
    equivalent: equivalentOf(queues),
    basis: [seen],
  });
}

function withRatio(queue: ListenQueue): ListenQueue & { readonly usedRatio: number | null } {
  const { recvQ, backlog } = queue;
  return { ...queue, usedRatio: backlog === null || backlog === 0 ? null : rounded(recvQ / backlog) };
}

function fullestText({ address, recvQ, backlog, usedRatio }: ReturnType<typeof withRatio>, count: number): string {
  const others = count === 1 ? '' : ` The other ${plural(count - 1, 'queue')} ${count === 2 ? 'is' : 'are'} no fuller.`;
  if (backlog === null)
    return `${plural(recvQ, 'connection waits', 'connections wait')} to be accepted on ${address}.${others}`;
  const wait = plural(recvQ, 'connection waits', 'connections wait');
  return `${wait} to be accepted on ${address}, of ${backlog} that may: ${percent(usedRatio ?? 0)}.${others}`;
}

/** `ss` prints Recv-Q in the second column and Send-Q (the backlog) in the third. */
function equivalentOf(queues: readonly ListenQueue[]): string {
  const ports = [...new Set(queues.flatMap(({ address }) => /:(\d+)$/.exec(address)?.[1] ?? []))];
  const filter = ports.map((port) => `sport = :${port}`).join(' or ');
  const unix = queues.some((queue) => queue.address.startsWith('unix:')) ? '; ss -lx' : '';
  return ports.length === 0 && unix !== '' ? 'ss -lx' : `ss -ltn${filter === '' ? '' : ` '( ${filter} )'`}${unix}`;
}
