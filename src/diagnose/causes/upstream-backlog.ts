/** The accept queue of the backend is full: it runs but accepts connections more slowly than nginx opens them. */
import type { Evidence } from '../../core/evidence.ts';
import { number, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isLoopback } from '../../findings/settings-index.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { type UpstreamStory, upstreamStory } from '../upstream-story.ts';
import { fix, item } from '../words.ts';

/**
 * On TCP a full queue shows as a connect timeout. On loopback only a full queue does that, because loopback loses no
 * packets.
 */
function tcpQueue(
  evidence: Evidence,
  findings: Findings,
): { readonly story: UpstreamStory; readonly perSecond: number | null } | null {
  const story = upstreamStory(evidence, findings, 'connect-timeout');
  const { queues, thresholds } = findings;
  if (story?.peer == null || !isLoopback(story.peer) || queues.peakRatio >= thresholds.queueFullRatio) return null;
  const grown = (queues.overflows?.total ?? 0) > 0;
  return { story, perSecond: grown ? (queues.overflows?.perSecond ?? 0) : null };
}

function longerQueue(peer: string | null) {
  return fix({
    title: `Lengthen the backend's listen queue (${peer ?? 'its socket'}) or give it more workers`,
    snippet:
      'sysctl -w net.core.somaxconn=4096\n# php-fpm: listen.backlog = 4096; gunicorn: --backlog 4096; uwsgi: listen = 4096; node: server.listen({ backlog: 4096 })',
    effect: 'bursts wait in the backend’s queue instead of failing',
    risk: 'when the backend is too slow on average the longer queue fills too, and requests wait longer',
  });
}

function howItShows(tcp: { readonly perSecond: number | null } | null): string {
  if (tcp === null) return 'its socket’s queue is full (errno 11)';
  return tcp.perSecond === null
    ? 'connects time out, and on loopback no packet gets lost'
    : `connects time out while ListenOverflows grows by ${number(tcp.perSecond)}/s and nginx’s own queues are short`;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const unix = upstreamStory(evidence, findings, 'connect-queue-full');
  const tcp = unix === null ? tcpQueue(evidence, findings) : null;
  const story = unix ?? tcp?.story ?? null;
  if (story === null) return null;
  const overflowItems =
    tcp?.perSecond == null
      ? []
      : [
          item('kernel.listen_overflows', {
            value: tcp.perSecond,
            unit: 'per second',
            text: 'ListenOverflows grows, and not on a listener of nginx',
            at: evidence.asOf,
          }),
        ];
  const busy = findings.lines('backend-busy');
  const busyItems = lineItems(
    busy?.newest.pattern ?? '',
    busy,
    (it) => `the application server logs it too, ${plural(it.count, 'time')}`,
  );
  return confirmed({
    confidence: unix === null ? 'likely' : 'certain',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `${story.name} does not accept connections fast enough: ${howItShows(tcp)}; ${plural(story.lines.recent, 'attempt')} failed lately, ${story.cost}.`,
    evidenceFor: [...story.evidence, ...overflowItems, ...busyItems],
    fixes: [longerQueue(story.peer)],
    doNot: ['Do not lengthen nginx’s own listen backlog: the queue that is full belongs to the backend.'],
    nextChecks: ['upstreams', 'kernel', 'system'],
  });
}

export const cause: Cause = {
  id: 'upstream-backlog',
  kind: 'cause',
  title: 'Backend’s accept queue full',
  means: 'The backend is up but does not accept fast enough, so its listening socket’s queue is full.',
  looksLike:
    'Unix socket: "connect() to unix:… failed (11: Resource temporarily unavailable)" and 502. TCP: connect timeouts and 504, sockets in SYN-SENT, ListenOverflows on the backend’s host.',
  fix: 'Give the backend more workers or a longer listen queue (PHP-FPM listen.backlog and pm.max_children, gunicorn --backlog, somaxconn of its network namespace).',
  differsFrom: [
    { cause: 'upstream-down', how: 'there nothing listens: connects are refused' },
    { cause: 'upstream-unreachable', how: 'there packets get lost or have no route; no queue overflows' },
    { cause: 'accept-queue-overflow', how: 'there the full queue is nginx’s own' },
  ],
  references: ['man 7 unix, EAGAIN on connect', 'man 2 listen', 'linux net/unix/af_unix.c unix_stream_connect()'],
  reads: ['connect-queue-full', 'connect-timeout', 'backend-busy', 'kernel', 'listeners', 'access', 'settings'],
  consequences: ['upstream-unreachable', 'upstream-ejected'],
  precedence: 81,
  judge,
};
