/**
 * Decides when a diagnosis opens an incident: a loss or an expected loss that has held for as long as its confidence
 * requires.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';
import type { IncidentConfig } from './config.ts';
import { incidentId } from './fingerprint.ts';
import type { Candidate, Ended } from './state.ts';

/** The cause of an incident with losses but without a named cause. */
export const UNNAMED = 'cannot-tell';

/** The cause of the incident for this diagnosis; null when the diagnosis needs none. */
export function incidentCause(diagnosis: Diagnosis): string | null {
  if (diagnosis.severity === 'info') return null;
  if (diagnosis.verdict === 'named') return diagnosis.cause;
  return diagnosis.verdict === 'cannot-tell' && diagnosis.losing.now ? UNNAMED : null;
}

/** How long it must hold before an incident opens. */
export function holdMs(diagnosis: Diagnosis, config: IncidentConfig): number {
  if (diagnosis.verdict === 'cannot-tell') return config.untoldHoldMs;
  if (diagnosis.lasting === true && diagnosis.confidence === 'certain') return 0;
  if (diagnosis.severity === 'critical') {
    if (diagnosis.confidence === 'possible') return config.possibleHoldMs;
    return diagnosis.confidence === 'certain' && diagnosis.losing.now ? 0 : config.likelyHoldMs;
  }
  return diagnosis.secondsLeft == null ? config.warningHoldMs : config.imminentHoldMs;
}

/** Samples further apart than this are not one continuous observation, unless the hold time is that long. */
const MAX_SILENCE_MS = 20_000;

export function observe(candidate: Candidate | undefined, at: number): Candidate {
  const continues = candidate !== undefined && at >= candidate.seenAt && at - candidate.seenAt <= MAX_SILENCE_MS;
  return { since: continues ? candidate.since : at, seenAt: at };
}

/** After a resolution by hand no incident opens while the same cause continues. */
export function silencedByHand(ended: Ended | undefined, at: number, config: IncidentConfig): boolean {
  return ended?.byHand === true && at - ended.at < config.handQuietMs;
}

export function openIncident(host: string, cause: string, diagnosis: Diagnosis, at: number): Incident {
  return {
    id: incidentId(host, cause, at),
    host,
    cause,
    severity: diagnosis.severity,
    state: 'open',
    openedAt: at,
    changedAt: at,
    resolvedAt: null,
    rev: 0,
    diagnosis,
    peakLostPerSecond: diagnosis.losing.perSecond,
    lostTotal: diagnosis.losing.total,
    acknowledgedBy: null,
    acknowledgedAt: null,
    snoozedUntil: null,
    formerCauses: [],
  };
}
