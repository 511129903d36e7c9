/**
 * The kernel's accept queue of a listener is full. The kernel drops new connections before nginx sees them, so nginx
 * logs and counts nothing.
 */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { isImminent } from '../../findings/trend.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, type Confirmed, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item, powerOfTwo } from '../words.ts';

const DO_NOT = ['Do not search nginx for these clients: it never saw them, and stub_status and its logs show nothing.'];

type Shared = Pick<Confirmed, 'evidenceFor' | 'fixes' | 'nextChecks'>;

function longerQueue(evidence: Evidence, findings: Findings): Fix[] {
  const { peaked } = findings.queues;
  if (peaked === null) return [];
  const listen = evidence.settings?.listens.find(({ address }) => address === peaked.address) ?? null;
  const somaxconn = seen(evidence, 'system').at(-1)?.data.somaxconn ?? null;
  const to = powerOfTwo(peaked.backlog * 4);
  const sysctl = somaxconn !== null && somaxconn < to ? `sysctl -w net.core.somaxconn=${to}\n` : '';
  return [
    fix({
      title: `Lengthen the accept queue of ${peaked.address}`,
      directive: 'listen … backlog',
      from: peaked.backlog,
      to,
      place: listen?.place ?? null,
      snippet: `${sysctl}listen ${configWord(peaked.address)} backlog=${to};`,
      effect: `bursts of up to ${to} connections wait instead of being dropped${sysctl === '' ? '' : `; the kernel cuts the backlog to somaxconn (${somaxconn})`}; a reload is enough`,
      risk: 'a queue that is full because workers are too slow only fills later, and clients wait longer',
    }),
  ];
}

function items(evidence: Evidence, { queues, page, thresholds }: Findings) {
  const found = [];
  const at = queues.at ?? evidence.asOf;
  if (queues.peaked !== null) {
    const { address, recvQ, backlog, usedRatio, peakRatio: value } = queues.peaked;
    const drained = value > usedRatio ? `, ${Math.round(value * backlog)} at most lately` : '';
    const text = `${address}: ${recvQ} of ${backlog} connections wait to be accepted${drained}`;
    const threshold = thresholds.queueFullRatio;
    found.push(item('listeners.queue_ratio', { value, unit: 'ratio', threshold, text, at }));
  }
  if ((queues.overflows?.total ?? 0) > 0) {
    const text = `ListenOverflows grew by ${queues.overflows?.total} (${number(queues.overflows?.perSecond ?? 0)}/s)`;
    found.push(item('kernel.listen_overflows', { value: queues.overflows?.total ?? 0, unit: 'connections', text, at }));
  }
  if (page.failure?.reason === 'connect-timeout') {
    const text = `${plural(page.failure.count, 'fresh probe')} could not connect: the SYN is not answered`;
    found.push(item('stub-status.failure', { value: 'connect-timeout', text, at: page.failure.since }));
  }
  return found;
}

function queueName({ peaked }: Findings['queues']): string {
  return peaked === null ? 'the accept queue' : `the accept queue of ${peaked.address} (${peaked.backlog})`;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { queues, thresholds, page, loss, descriptors } = findings;
  const full = queues.peakRatio >= thresholds.queueFullRatio;
  const overflowing = (queues.overflows?.total ?? 0) > 0;
  const noted = (queues.overflowsNoted ?? 0) > 0;
  const unreachable = page.failure?.reason === 'connect-timeout' && page.failure.count >= 2;
  const shared = {
    evidenceFor: items(evidence, findings),
    fixes: longerQueue(evidence, findings),
    nextChecks: ['backlog', 'kernel', 'workers'] as const,
  };
  if (isActive(descriptors.emfile))
    return full ? ruledOut('the queue is full because nginx has no descriptor left to accept with') : null;
  if (full && (overflowing || noted || unreachable)) {
    const certain = overflowing || unreachable;
    return confirmed({
      ...shared,
      doNot: DO_NOT,
      confidence: certain ? 'certain' : 'likely',
      severity: 'critical',
      losing: certain ? loss.on('queue', 'probe') : loss.on(),
      since: page.failure?.since ?? queues.at,
      summary: `Connections are dropped by the kernel: ${queueName(queues)} is full${overflowing ? ` and ListenOverflows grows by ${number(queues.overflows?.perSecond ?? 0)}/s` : ''}.`,
    });
  }
  if (unreachable && !queues.known) {
    return confirmed({
      ...shared,
      confidence: 'possible',
      severity: 'critical',
      losing: loss.on('probe'),
      since: page.failure?.since ?? null,
      summary: `New connections time out before nginx accepts them (${plural(page.failure?.count ?? 0, 'probe')} in a row): the accept queue seems full.`,
    });
  }
  return burst(evidence, findings, shared) ?? early(findings, shared, overflowing);
}

/**
 * A short queue fills and drains many times a second, so no sample finds it full. The accept rate of nginx shows it
 * instead.
 */
function burst({ asOf }: Evidence, { burst: found, queues }: Findings, shared: Shared): Judgement {
  if (found === null) return null;
  const { queue: shortest, acceptsPerSecond: accepts, dropsPerSecond: dropped } = found;
  const text = `nginx accepts ${number(accepts)} connections/s through queues of which ${shortest.address} holds ${shortest.backlog}`;
  return confirmed({
    ...shared,
    evidenceFor: [
      ...shared.evidenceFor,
      item('stub-status.accepts_per_second', { value: accepts, unit: 'connections/s', text, at: asOf }),
    ],
    doNot: DO_NOT,
    confidence: 'likely',
    severity: 'critical',
    losing: {
      now: true,
      perSecond: dropped,
      total: found.drops,
      how: 'connections dropped by a full accept queue',
    },
    since: queues.at,
    summary: `Connections are dropped by the kernel in bursts: ${text}, and ListenOverflows grows by ${number(dropped)}/s.`,
  });
}

function early({ queues, thresholds }: Findings, shared: Shared, overflowing: boolean): Judgement {
  const { fullest } = queues;
  if (fullest === null) return null;
  const left = fullest.secondsToFull;
  if (queues.fullFor >= 2 || isImminent(fullest, thresholds.forecastMs)) {
    return confirmed({
      ...shared,
      confidence: 'likely',
      severity: 'warning',
      since: queues.at,
      secondsLeft: left,
      summary: `The accept queue of ${fullest.address} holds ${fullest.recvQ} of ${fullest.backlog}${left === null ? '' : ` and is full in about ${number(left)} s`}.`,
    });
  }
  return ruledOut(
    overflowing
      ? `ListenOverflows grows, but the fullest of nginx's queues is at ${percent(queues.peakRatio)}: another listener of this host overflows`
      : `the fullest accept queue holds ${fullest.recvQ} of ${fullest.backlog}`,
  );
}

export const cause: Cause = {
  id: 'accept-queue-overflow',
  kind: 'cause',
  title: 'Accept queue overflow',
  means:
    'Connections arrive faster than the workers accept them and the listening socket’s queue is full, so the kernel drops new ones.',
  looksLike:
    'Recv-Q of nginx’s listener at its Send-Q, ListenOverflows growing, connects take 1 s more or time out. No log line, gap 0, stub_status quiet or unreachable.',
  fix: 'Serve faster or accept sooner: more workers or reuseport, and a longer queue. The queue is min(listen backlog, net.core.somaxconn) of nginx’s own network namespace: raise both, then reload.',
  differsFrom: [
    {
      cause: 'stalled-worker',
      how: 'there a worker is stopped or its event loop is blocked, so it does not accept',
    },
    { cause: 'fd-exhaustion', how: 'there nginx logs "Too many open files" and pauses accepting' },
    { cause: 'slot-capacity', how: 'there nginx accepts and closes at once: the queue stays empty' },
  ],
  references: [
    'man 2 listen',
    'linux net/ipv4/tcp_ipv4.c tcp_v4_syn_recv_sock()',
    'linux Documentation/admin-guide/sysctl/net.rst somaxconn',
  ],
  reads: ['listeners', 'kernel', 'stub-status', 'system', 'settings'],
  consequences: [],
  precedence: 22,
  judge,
};
