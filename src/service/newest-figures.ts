/** An open incident with the figures of now: between its changes it keeps those of its last one. */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';

/** The incident itself when the newest diagnosis does not speak of it. */
export function newestFigures(incident: Incident, diagnosis: Diagnosis | null, at: number): Incident {
  if (incident.state === 'resolved' || diagnosis === null || diagnosis.cause !== incident.cause) return incident;
  return { ...incident, diagnosis, changedAt: at };
}
