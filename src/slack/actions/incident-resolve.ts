/** Resolve by hand; the incident opens again by itself when clients are lost again. */
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentResolve = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_resolve', ({ incidentId }, by, at) => ({ kind: 'resolve', incidentId, by, at }));
