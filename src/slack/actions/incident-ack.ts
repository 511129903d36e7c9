/** Acknowledge: this person holds the incident. Two people click, one wins, the other is told who. */
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentAck = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_ack', ({ incidentId }, by, at) => ({ kind: 'acknowledge', incidentId, by, at }));
