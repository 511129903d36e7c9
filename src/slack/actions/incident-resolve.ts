/** Resolve by hand. The incident opens again when clients are lost again. */
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentResolve = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_resolve', ({ incidentId }, by, at) => ({ kind: 'resolve', incidentId, by, at }));
