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

/** `45 s`, `12 min`, `3 h 5 min`. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return `${total} s`;
  const minutes = Math.round(total / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
