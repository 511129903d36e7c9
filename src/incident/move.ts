/** Shifts the reducer's times after a step of the wall clock, so that holds, snoozes and ages keep their length. */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';
import { UNTIL_RESOLVED } from './intents.ts';
import type { LifecycleState, Tracked } from './state.ts';

type Time = number | null;

const moved = (at: Time, byMs: number): Time => (at === null ? null : at + byMs);

function movedIso(text: string, byMs: number): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at + byMs).toISOString();
}

function movedDiagnosis(diagnosis: Diagnosis, byMs: number): Diagnosis {
  return {
    ...diagnosis,
    asOf: movedIso(diagnosis.asOf, byMs),
    since: diagnosis.since === null ? null : movedIso(diagnosis.since, byMs),
    evidenceFor: diagnosis.evidenceFor.map((item) => ({ ...item, at: movedIso(item.at, byMs) })),
  };
}

export function movedIncident(incident: Incident, byMs: number): Incident {
  const { snoozedUntil } = incident;
  return {
    ...incident,
    openedAt: incident.openedAt + byMs,
    changedAt: incident.changedAt + byMs,
    resolvedAt: moved(incident.resolvedAt, byMs),
    acknowledgedAt: moved(incident.acknowledgedAt, byMs),
    snoozedUntil: snoozedUntil === UNTIL_RESOLVED ? snoozedUntil : moved(snoozedUntil, byMs),
    formerCauses: incident.formerCauses.map((former) => ({ ...former, until: former.until + byMs })),
    diagnosis: movedDiagnosis(incident.diagnosis, byMs),
  };
}

function movedTracked(tracked: Tracked, byMs: number): Tracked {
  const { rival } = tracked;
  return {
    ...tracked,
    incident: movedIncident(tracked.incident, byMs),
    newest: movedDiagnosis(tracked.newest, byMs),
    goodSince: moved(tracked.goodSince, byMs),
    calmSince: moved(tracked.calmSince, byMs),
    milderSince: moved(tracked.milderSince, byMs),
    rival: rival === null ? null : { ...rival, since: rival.since + byMs },
    lastAt: tracked.lastAt + byMs,
  };
}

export function movedState({ tracked, candidates, ended }: LifecycleState, byMs: number): LifecycleState {
  return {
    tracked: tracked.map((one) => movedTracked(one, byMs)),
    candidates: new Map(
      [...candidates].map(([key, { since, seenAt }]) => [key, { since: since + byMs, seenAt: seenAt + byMs }]),
    ),
    ended: new Map([...ended].map(([key, one]) => [key, { ...one, at: one.at + byMs }])),
  };
}
