/** Updates an open incident with the figures of the newest diagnosis. */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';

/** Returns the incident unchanged when the diagnosis names another cause. */
export function newestFigures(incident: Incident, diagnosis: Diagnosis | null, at: number): Incident {
  if (incident.state === 'resolved' || diagnosis === null || diagnosis.cause !== incident.cause) return incident;
  return { ...incident, diagnosis, changedAt: at };
}
