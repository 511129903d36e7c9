/**
 * Whether a proposed fix is in force now, told from the running processes and not from the configuration: a limit that
 * stands in a file but not in the workers has not landed.
 */
import type { Fix } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';

export interface FixCheck {
  readonly fix: Fix;
  /** Workers (or queues) that have it, of all that were looked at. */
  readonly landed: number;
  readonly of: number;
  /** `worker_connections 4096 landed on 4 of 4 workers`. */
  readonly text: string;
}

/** The figure in force, for each worker or queue it is about; null for a directive that no probe can read back. */
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
      // Other listeners may have had a longer queue all along.
      const queues = latest.listeners?.ok === true ? latest.listeners.data.queues : [];
      const meant = queues.filter(({ address }) => snippet.includes(`listen ${address} `));
      return { values: meant.flatMap(({ backlog }) => backlog ?? []), noun: 'accept queues' };
    }
    default:
      return null;
  }
}

/**
 * Those of `fixes` whose effect can be read back, and where the figure in force is no longer the one of before.
 * Empty while nothing was changed.
 */
export function verifyFixes(fixes: readonly Fix[], evidence: Evidence): readonly FixCheck[] {
  return fixes.flatMap((fix) => {
    const found = inForce(fix, evidence);
    const before = fix.from === null ? Number.NaN : Number(fix.from);
    if (found === null || found.values.length === 0 || Number.isNaN(before)) return [];
    const raised = found.values.filter((value) => value > before);
    if (raised.length === 0) return [];
    const text = `${fix.directive} ${Math.min(...raised)} landed on ${raised.length} of ${found.values.length} ${found.noun}`;
    return [{ fix, landed: raised.length, of: found.values.length, text }];
  });
}
