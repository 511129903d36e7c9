/** What failures of upstream servers cost the clients: a failed attempt that another server made good costs nothing. */
import type { Losing } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Findings } from './evidence/findings.ts';
import { NO_LIVE_UPSTREAMS } from './evidence/log-patterns.ts';
import { linesLost } from './evidence/loss.ts';
import { peerAddresses } from './evidence/peers.ts';
import { NOT_LOSING, plural } from './words.ts';

export interface UpstreamLoss {
  readonly losing: Losing;
  /** The next server took over: clients saw no error. */
  readonly retried: boolean;
  readonly text: string;
}

/** Without an access log each failed attempt counts as a 502, unless another server of the group could take over. */
export function upstreamLoss(
  evidence: Evidence,
  findings: Findings,
  patterns: readonly string[],
  peer: string | null,
): UpstreamLoss {
  const { access } = findings;
  if (access.known) {
    const losing = findings.loss.on('bad-gateway');
    const bad = access.status(502) + access.status(504);
    const text = `${plural(bad, 'client')} of ${access.requests} got a 502 or 504`;
    return losing.now
      ? { losing, retried: false, text }
      : { losing: NOT_LOSING, retried: true, text: 'clients saw no error, other servers took over' };
  }
  const group = evidence.settings?.upstreams.find((upstream) => peer !== null && peerAddresses(upstream).has(peer));
  const spares = (group?.servers.filter(({ down }) => !down).length ?? 1) > 1;
  const dead = findings.lines(NO_LIVE_UPSTREAMS);
  if (spares && dead === null) {
    return { losing: NOT_LOSING, retried: true, text: 'other servers of the group take over' };
  }
  return { losing: linesLost(findings.lines(patterns), '502 answers'), retried: false, text: 'its clients get 502' };
}
