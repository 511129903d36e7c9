/** Checks what holds the slots of each worker: client, upstream and other sockets. */
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { CheckResult } from '../../core/report.ts';
import type { WorkerSockets } from '../../core/samples/sockets.ts';
import type { Findings } from '../../findings/findings.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { workerPids } from '../shell.ts';

/** The share of a worker's sockets in a state that nginx should have left, from which it is reported. */
const MUCH = 0.5;

export const check: Check = {
  id: 'sockets',
  place: 90,
  does: 'who holds the sockets of each worker',
  judge: checkSockets,
};

function checkSockets(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = `for p in ${workerPids(evidence)}; do ss -tnp | grep "pid=$p," | awk '{print $1, $4, $5}'; done`;
  const seen = newest(evidence, 'sockets');
  if (!seen.ok) {
    const remedy =
      'The ledger is taken while something is suspicious and on demand; it needs root, or the user nginx runs as';
    return couldNotLook('sockets', evidence, seen, { what: "The workers' sockets", remedy, equivalent });
  }
  const { workers, timeWaitByPeer, tookMs } = seen.data;
  const odd = workers.flatMap((worker) => oddities(worker, findings.thresholds.minConnections));
  return answer('sockets', evidence, {
    status: odd.length > 0 ? 'warning' : 'ok',
    text: [...workers.map(workerText), ...odd],
    values: {
      clientSockets: sum(workers, 'client'),
      upstreamSockets: sum(workers, 'upstream'),
      listeningSockets: sum(workers, 'listening'),
      channelSockets: sum(workers, 'channel'),
      resolverSockets: sum(workers, 'resolver'),
      unexplainedSockets: sum(workers, 'unexplained'),
      upstreamConnecting: sum(workers, 'upstreamConnecting'),
      upstreamCloseWait: sum(workers, 'upstreamCloseWait'),
      sampled: workers.some((worker) => worker.sampled),
      workers,
      timeWaitByPeer,
      tookMs,
    },
    equivalent,
    basis: [seen],
  });
}

type CountKey =
  | 'client'
  | 'upstream'
  | 'listening'
  | 'channel'
  | 'resolver'
  | 'unexplained'
  | 'upstreamConnecting'
  | 'upstreamCloseWait';

function sum(workers: readonly WorkerSockets[], key: CountKey): number {
  return workers.reduce((total, worker) => total + worker[key], 0);
}

function workerText(worker: WorkerSockets): string {
  const [top] = worker.topUpstreams;
  const to = top === undefined ? '' : ` (${top.sockets} to ${top.address})`;
  const about = worker.sampled ? 'about ' : '';
  const rest = worker.resolver + worker.unexplained;
  const others = rest === 0 ? '' : `, ${rest} other`;
  return `Worker ${worker.pid}: ${about}${worker.client} client, ${worker.upstream} upstream${to}, ${worker.listening} listening, ${worker.channel} channel${others}.`;
}

function oddities(worker: WorkerSockets, minConnections: number): string[] {
  const { pid, client, upstream, unexplained, upstreamCloseWait } = worker;
  const all = client + upstream + unexplained;
  if (all < minConnections) return [];
  const found: string[] = [];
  if (unexplained > all * MUCH)
    found.push(
      `Worker ${pid}: no kernel table explains ${unexplained} of its sockets (${percent(unexplained / all)}).`,
    );
  if (upstreamCloseWait > upstream * MUCH && upstreamCloseWait >= minConnections) {
    found.push(
      `Worker ${pid}: ${plural(upstreamCloseWait, 'upstream connection')} closed by the peer and not by nginx (CLOSE-WAIT).`,
    );
  }
  return found;
}
