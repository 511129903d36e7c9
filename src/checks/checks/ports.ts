/** Local ports in use towards each upstream peer, of the range the kernel hands out. */
import type { Evidence } from '../../core/evidence.ts';
import type { CheckResult } from '../../core/report.ts';
import type { SystemData } from '../../core/sample.ts';
import { answer, couldNotLook, grade, worst } from '../answer.ts';
import { NO_ADDRESS } from '../log-patterns.ts';
import { activeLines, countOf, newest } from '../look.ts';
import { type CheckThresholds, FULL_RATIO } from '../thresholds.ts';
import { percent, plural, rounded } from '../words.ts';

const EQUIVALENT =
  'ss -Htan | awk \'$1 != "LISTEN" {print $5}\' | sort | uniq -c | sort -rn | head; sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse';

export function checkPorts(evidence: Evidence, thresholds: CheckThresholds): CheckResult {
  const lines = countOf(activeLines(evidence, NO_ADDRESS, thresholds.activeMs));
  const refused =
    lines > 0 ? `${plural(lines, 'connection')} to an upstream failed for want of a local address (errno 99).` : null;
  const sockets = newest(evidence, 'sockets');
  const system = newest(evidence, 'system');
  const range = system.ok ? portRange(system.data) : null;
  if (!sockets.ok || range === null) {
    const blind = sockets.ok && !system.ok ? system : sockets;
    if (refused !== null) {
      return answer('ports', evidence, {
        status: 'critical',
        text: [refused],
        values: { errno99Lines: lines },
        equivalent: EQUIVALENT,
        basis: [],
      });
    }
    const remedy = 'The ledger of sockets is taken while something is suspicious and on demand';
    const reason = blind.ok
      ? ({ ok: false, at: null, reason: 'absent', detail: 'ip_local_port_range cannot be read' } as const)
      : blind;
    return couldNotLook('ports', evidence, reason, { what: 'The local ports', remedy, equivalent: EQUIVALENT });
  }
  const peers = sockets.data.timeWaitByPeer.map((peer) => ({
    ...peer,
    usedRatio: rounded((peer.timeWait + peer.inUse) / range),
  }));
  const fullest = peers.reduce<(typeof peers)[number] | null>(
    (a, b) => (a === null || b.usedRatio > a.usedRatio ? b : a),
    null,
  );
  const reuses = system.ok && reusesTimeWait(system.data, fullest?.peer ?? '');
  const taken = fullest === null ? 0 : (fullest.inUse + (reuses ? 0 : fullest.timeWait)) / range;
  return answer('ports', evidence, {
    status: worst(grade(taken, thresholds.portsHighRatio, FULL_RATIO), lines > 0 ? 'critical' : 'ok'),
    text: [
      refused,
      fullest === null
        ? `No connection goes out; ${range} local ports are free for each peer.`
        : `${fullest.inUse} local ports are in use and ${fullest.timeWait} in TIME_WAIT towards ${fullest.peer}, of ${range}: ${percent(fullest.usedRatio)}.`,
      reuses && (fullest?.timeWait ?? 0) > 0
        ? 'tcp_tw_reuse lets TIME_WAIT ports be taken again after a second.'
        : null,
    ],
    values: {
      ephemeralPorts: range,
      fullestPeer: fullest?.peer ?? null,
      usedRatio: fullest?.usedRatio ?? null,
      takenRatio: rounded(taken),
      tcpTwReuse: system.ok ? system.data.tcpTwReuse : null,
      errno99Lines: lines,
      peers,
    },
    equivalent: EQUIVALENT,
    basis: system.ok ? [sockets, system] : [sockets],
  });
}

function portRange({ ephemeralPortFirst, ephemeralPortLast }: SystemData): number | null {
  if (ephemeralPortFirst === null || ephemeralPortLast === null) return null;
  return ephemeralPortLast - ephemeralPortFirst + 1;
}

/** 1 = for every peer, 2 = on loopback only (Documentation/networking/ip-sysctl.rst). */
function reusesTimeWait({ tcpTwReuse }: SystemData, peer: string): boolean {
  return tcpTwReuse === 1 || (tcpTwReuse === 2 && /^(127\.|\[::1\])/.test(peer));
}
