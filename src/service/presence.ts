/**
 * Whether there is an nginx to judge yet. A host where none was ever seen is waited on, not alarmed about; where one
 * ran before, its absence counts once both had time to start (a reboot starts gapwatch before nginx).
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Facts } from '../store/facts.ts';
import { noLookYet } from './no-look-yet.ts';

export interface PresenceDeps {
  /** Remembers across restarts that an nginx ran here. */
  readonly facts: Pick<Facts, 'get' | 'set'>;
  /** How long this process runs. */
  runningMs(): number;
}

export interface Presence {
  /** What to say instead of a diagnosis; null when there is something to judge. */
  waiting(evidence: Evidence): Diagnosis | null;
}

const SEEN = 'nginx:seen';
const START_GRACE_MS = 10_000;

/** A process, an answer or a line: any of them is nginx, also where its processes are hidden from us. */
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
      ? `Whether nginx runs cannot be seen: ${why}.`
      : 'No nginx runs on this host yet; gapwatch waits for it and takes it up as soon as it starts.';
  return { ...noLookYet(asOf, summary), notObservable, nextChecks: ['workers', 'config'] };
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
