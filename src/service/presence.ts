/**
 * Decides whether there is an nginx to diagnose. A host that never ran nginx is not reported as down. On a host that
 * ran one, its absence counts after a start-up period, because gapwatch may start first.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Facts } from '../store/facts.ts';
import { pendingDiagnosis } from './pending-diagnosis.ts';

export interface PresenceDeps {
  /** Stores that an nginx has run here. */
  readonly facts: Pick<Facts, 'get' | 'set'>;
  /** How long this process has run. */
  runningMs(): number;
}

export interface Presence {
  /** A diagnosis that says why there is nothing to diagnose; null when nginx can be diagnosed. */
  waiting(evidence: Evidence): Diagnosis | null;
}

const SEEN = 'nginx:seen';
const START_GRACE_MS = 10_000;

/** A process, an answered probe or a log line shows that nginx runs, even when /proc hides its processes. */
function showsNginx({ latest, signals }: Evidence): boolean {
  const status = latest['stub-status'];
  return latest.workers?.ok === true || (status?.ok === true && status.data.fresh.ok) || signals.size > 0;
}

function blindReason(workers: Evidence['latest']['workers']): string | undefined {
  return workers?.ok === false && workers.reason === 'failed' ? workers.detail : undefined;
}

function waitingDiagnosis({ asOf, latest, notObservable }: Evidence): Diagnosis {
  const hidden = latest.workers?.ok === false && ['denied', 'failed'].includes(latest.workers.reason);
  const why = notObservable.find(({ what }) => what === 'nginx')?.because ?? blindReason(latest.workers);
  const summary =
    hidden && why !== undefined
      ? `It is unknown whether nginx runs: ${why}.`
      : 'No nginx runs on this host yet; gapwatch starts to watch it as soon as it starts.';
  return { ...pendingDiagnosis(asOf, summary), notObservable, nextChecks: ['workers', 'config'] };
}

export function createPresence({ facts, runningMs }: PresenceDeps): Presence {
  const before = facts.get(SEEN) !== null;
  let seen = false;
  return {
    waiting(evidence) {
      if (!seen && showsNginx(evidence)) {
        seen = true;
        if (!before) facts.set(SEEN, evidence.asOf);
      }
      if (seen || (before && runningMs() >= START_GRACE_MS)) return null;
      return waitingDiagnosis(evidence);
    },
  };
}
