/** Applies one change to an incident: increments its revision and adds the sentence that describes the change. */
import type { Incident, IncidentChange, IncidentChangeKind } from '../core/incident.ts';

export interface Changed {
  readonly incident: Incident;
  readonly change: IncidentChange;
}

export function change(
  incident: Incident,
  kind: IncidentChangeKind,
  at: number,
  text: string,
  over: Partial<Incident> = {},
): Changed {
  const next: Incident = { ...incident, ...over, changedAt: at, rev: incident.rev + 1 };
  return { incident: next, change: { kind, at, incident: next, text } };
}
