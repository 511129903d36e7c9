/** The incidents of a recording and the story of each: what would have been posted, and when. Bounded in number. */
import type { Incident, IncidentChange } from '../core/incident.ts';

export interface ReplayedIncident {
  readonly incident: Incident;
  /** Oldest first; the first opened it. */
  readonly changes: readonly Pick<IncidentChange, 'kind' | 'at' | 'text'>[];
}

export interface Stories {
  add(changes: readonly IncidentChange[]): void;
  all(): readonly ReplayedIncident[];
  /** Incidents beyond those that are told. */
  untold(): number;
}

const MAX_INCIDENTS = 500;
const MAX_CHANGES = 500;

export function createStories(): Stories {
  const told = new Map<string, { incident: Incident; changes: Pick<IncidentChange, 'kind' | 'at' | 'text'>[] }>();
  let untold = 0;

  function add({ incident, kind, at, text }: IncidentChange): void {
    const story = told.get(incident.id) ?? { incident, changes: [] };
    if (!told.has(incident.id) && told.size >= MAX_INCIDENTS) {
      if (kind === 'opened') untold++;
      return;
    }
    story.incident = incident;
    // The last one is how it ended.
    if (story.changes.length >= MAX_CHANGES) story.changes.pop();
    story.changes.push({ kind, at, text });
    told.set(incident.id, story);
  }

  return {
    add: (changes) => changes.forEach(add),
    all: () => [...told.values()],
    untold: () => untold,
  };
}
