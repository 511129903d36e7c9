/**
 * Records the incidents of a replay and the changes of each: what would have been posted, and when. Bounded in number.
 */
import type { Incident, IncidentChange } from '../core/incident.ts';

export interface ReplayedIncident {
  readonly incident: Incident;
  /** Oldest first; the first opened it. */
  readonly changes: readonly Pick<IncidentChange, 'kind' | 'at' | 'text'>[];
}

export interface Stories {
  add(changes: readonly IncidentChange[]): void;
  all(): readonly ReplayedIncident[];
  /** Number of incidents beyond the limit. */
  dropped(): number;
}

const MAX_INCIDENTS = 500;
const MAX_CHANGES = 500;

export function createStories(): Stories {
  const kept = new Map<string, { incident: Incident; changes: Pick<IncidentChange, 'kind' | 'at' | 'text'>[] }>();
  let dropped = 0;

  function add({ incident, kind, at, text }: IncidentChange): void {
    const story = kept.get(incident.id) ?? { incident, changes: [] };
    if (!kept.has(incident.id) && kept.size >= MAX_INCIDENTS) {
      if (kind === 'opened') dropped++;
      return;
    }
    story.incident = incident;
    // The last change is replaced, so that the list ends with the newest.
    if (story.changes.length >= MAX_CHANGES) story.changes.pop();
    story.changes.push({ kind, at, text });
    kept.set(incident.id, story);
  }

  return {
    add: (changes) => changes.forEach(add),
    all: () => [...kept.values()],
    dropped: () => dropped,
  };
}
