/** Checks the local ports in use towards each upstream server, out of the range of the kernel. */
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { SocketsData } from '../../core/samples/sockets.ts';
import type { SystemData } from '../../core/samples/system.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen, within } from '../../findings/samples.ts';
import { ownPeers, portRange, reusesTimeWait } from '../../nginx/peer-ports.ts';
import { answer, type Check, couldNotLook, grade, worst } from '../answer.ts';
import { type Blind, newest, type Seen } from '../look.ts';
import { FULL_RATIO } from '../thresholds.ts';
import { rounded } from '../words.ts';

const REUSED = 'tcp_tw_reuse lets TIME_WAIT ports be taken again after a second.';
const EQUIVALENT =
  'ss -Htan | awk \'$1 != "LISTEN" {print $5}\' | sort | uniq -c | sort -rn | head; sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse';

/** Without a sample of the sockets the log alone decides. */
const FROM_LOG = { status: 'critical', equivalent: EQUIVALENT, basis: [] } as const;

export const check: Check = {
  id: 'ports',
  place: 100,
  does: 'local ports in use towards upstreams',
  judge: checkPorts,
};

function checkPorts(evidence: Evidence, findings: Findings): CheckResult {
  const logged = findings.lines('no-local-address');
  const lines = isActive(logged) ? logged.count : 0;
  const refused = lines > 0 ? `${plural(lines, 'connection')} to an upstream found no local address (errno 99).` : null;
  const sockets = newest(evidence, 'sockets');
  const system = newest(evidence, 'system');
  if (!sockets.ok || !system.ok || portRange(system.data) === null) {
    if (refused === null) return blindAnswer(evidence, sockets.ok ? system : sockets);
    return answer('ports', evidence, { ...FROM_LOG, text: [refused], values: { errno99Lines: lines } });
  }
  const range = portRange(system.data)?.size ?? 1;
  const held = within(seen(evidence, 'sockets'), evidence.asOf, findings.activeMs).flatMap(({ data }) => data.workers);
  const peers = ratedPeers(sockets.data, ownPeers(evidence.settings, held), range);
  const [fullest] = peers;
  const reuses = reusesTimeWait(system.data, fullest?.peer ?? '');
  const taken = findings.ports?.ratio ?? 0;
  return answer('ports', evidence, {
    status: worst(grade(taken, findings.thresholds.portsHighRatio, FULL_RATIO), lines > 0 ? 'critical' : 'ok'),
    text: [
      refused,
      fullest === undefined ? `No connection goes out; ${range} local ports are free.` : peerText(fullest, range),
      reuses && (fullest?.timeWait ?? 0) > 0 ? REUSED : null,
    ],
    values: {
      ephemeralPorts: range,
      fullestPeer: fullest?.peer ?? null,
      usedRatio: fullest?.usedRatio ?? null,
      takenRatio: rounded(taken),
      tcpTwReuse: system.data.tcpTwReuse,
      errno99Lines: lines,
      peers,
    },
    equivalent: EQUIVALENT,
    basis: [sockets, system],
  });
}

function blindAnswer(evidence: Evidence, look: Blind | Seen<SystemData>): CheckResult {
  const blind = look.ok
    ? ({ ok: false, at: look.at, reason: 'absent', detail: 'no ip_local_port_range' } as const)
    : look;
  const remedy = 'The ledger of sockets is taken while something is suspicious and on demand';
  return couldNotLook('ports', evidence, blind, { what: 'The local ports', remedy, equivalent: EQUIVALENT });
}

interface RatedPeer {
  readonly peer: string;
  readonly timeWait: number;
  readonly inUse: number;
  readonly usedRatio: number;
}

/** Fullest first. Peers of other programs on the host are left out. */
function ratedPeers({ timeWaitByPeer }: SocketsData, own: ReadonlySet<string> | null, range: number): RatedPeer[] {
  return timeWaitByPeer
    .filter(({ peer }) => own === null || own.has(peer))
    .map((peer) => ({ ...peer, usedRatio: rounded((peer.timeWait + peer.inUse) / range) }))
    .sort((a, b) => b.usedRatio - a.usedRatio);
}

function peerText({ peer, timeWait, inUse, usedRatio }: RatedPeer, range: number): string {
  return `${inUse} local ports are in use and ${timeWait} in TIME_WAIT towards ${peer}, of ${range}: ${percent(usedRatio)}.`;
}
