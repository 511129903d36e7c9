/** Take back: the incident has no owner again. */
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentUnack = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_unack', ({ incidentId }, by, at) => ({ kind: 'unacknowledge', incidentId, by, at }));
