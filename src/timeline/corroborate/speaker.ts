/**
 * Decides whether a process of this nginx can have written a line. A stranger whose text nginx logs can imitate a whole
 * entry, but does not know the pids. Refusals of a configuration are accepted from any process, because `nginx -t`
 * writes them to the same log, and while the master runs they only lead to a note.
 */
import type { Evidence } from '../../core/evidence.ts';
import type { Signal } from '../../core/signal.ts';
import type { Verdict } from './claims.ts';
import { waits } from './figures.ts';
import { isFullAndOlder, isSameMaster, type Processes } from './processes.ts';

/** Refusals of a configuration, which any `nginx -t` writes. */
const REFUSALS: ReadonlySet<string> = new Set(['config-invalid', 'bind-failed', 'worker-connections-listening']);
/** Patterns of other programs, whose lines have no pid. */
export const SYSTEM_PATTERNS: ReadonlySet<string> = new Set([
  'conntrack-full',
  'controller-reload',
  'fpm-child-died',
  'fpm-pool-full',
  'gunicorn-timeout',
  'kernel-file-max',
  'kernel-neighbour-overflow',
  'kernel-oom-kill',
  'kernel-oom-victim',
  'kernel-pids-limit',
  'kernel-segfault',
  'kernel-tcp-memory',
  'syn-flooding',
  'systemd-oom-kill',
  'systemd-process-died',
]);
const OUT_OF_DESCRIPTORS = '24';

function isRefusal({ pattern, level, captures }: Signal): boolean {
  return REFUSALS.has(pattern) && level === 'emerg' && captures.errno !== OUT_OF_DESCRIPTORS;
}

/** Verdict on process `pid` as the writer of a line at `at`. */
function speakerVerdict(pid: number, at: number, evidence: Evidence, processes: Processes): Verdict {
  if (processes.kindOf(pid) !== null) return null;
  const verdict = unknownSpeakerVerdict(at, evidence, processes);
  return verdict === 'foreign' ? foreignVerdict(pid) : verdict;
}

export const foreignVerdict = (pid: number): string => `process ${pid} does not belong to this nginx`;

/** Verdict on an unknown process as the writer of a line at `at`. It is the same for all unknown processes. */
export function unknownSpeakerVerdict(
  at: number,
  evidence: Evidence,
  processes: Processes,
): 'foreign' | 'waits' | null {
  if (processes.newest === null) return null;
  const { before, after } = processes.around(at);
  if (after === null) return waits(evidence, at, processes.newest.at) ? 'waits' : null;
  const expected = Math.max(1, evidence.settings?.workerCount ?? 1);
  const isForeign = before === null ? isFullAndOlder(after, at, expected) : isSameMaster(before, after);
  return isForeign ? 'foreign' : null;
}

/** Verdict on a signal whose lines one process wrote. */
export function signalSpeakerVerdict(signal: Signal, evidence: Evidence, processes: Processes): Verdict {
  const { pid, at, pattern } = signal;
  if (pid !== null) return isRefusal(signal) ? null : speakerVerdict(pid, at, evidence, processes);
  const isNamed = evidence.settings?.origin !== 'live' || SYSTEM_PATTERNS.has(pattern);
  return isNamed || !processes.areThoseOfLog ? null : 'it names no process, and nginx always does';
}
