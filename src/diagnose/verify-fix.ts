/**
 * Checks whether a proposed fix is in force. It reads the running processes, not the configuration: a limit that is
 * configured but not active in the workers does not count.
 */
import type { Fix } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';

export interface FixCheck {
  readonly fix: Fix;
  /** Workers or queues with the new value, out of all that were sampled. */
  readonly landed: number;
  readonly of: number;
  /** `worker_connections 4096 landed on 4 of 4 workers`. */
  readonly text: string;
}

/** The value in force per worker or queue. null for a directive that no probe reads back. */
function inForce(
  { directive, snippet }: Fix,
  { latest }: Evidence,
): { readonly values: readonly number[]; readonly noun: string } | null {
  switch (directive) {
    case 'worker_connections':
      return latest.slots?.ok === true
        ? { values: latest.slots.data.workers.flatMap(({ limit }) => limit ?? []), noun: 'workers' }
        : null;
    case 'worker_rlimit_nofile':
    case 'LimitNOFILE':
      return latest.fds?.ok === true
        ? { values: latest.fds.data.workers.flatMap(({ soft }) => soft ?? []), noun: 'workers' }
        : null;
    case 'listen … backlog': {
      // Other listeners may have had a longer queue before.
      const queues = latest.listeners?.ok === true ? latest.listeners.data.queues : [];
      const meant = queues.filter(({ address }) => snippet.includes(`listen ${address} `));
      return { values: meant.flatMap(({ backlog }) => backlog ?? []), noun: 'accept queues' };
    }
    default:
      return null;
  }
}

/** The `fixes` whose effect a probe can read back and whose value has changed. Empty while nothing has changed. */
export function verifyFixes(fixes: readonly Fix[], evidence: Evidence): readonly FixCheck[] {
  return fixes.flatMap((fix) => {
    const found = inForce(fix, evidence);
    const before = fix.from === null ? Number.NaN : Number(fix.from);
    if (found === null || found.values.length === 0 || Number.isNaN(before)) return [];
    const raised = found.values.filter((value) => value > before);
    if (raised.length === 0) return [];
    const text = `${fix.directive} ${Math.min(...raised)} is in force on ${raised.length} of ${found.values.length} ${found.noun}`;
    return [{ fix, landed: raised.length, of: found.values.length, text }];
  });
}
