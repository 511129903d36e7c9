/** Acknowledge: makes this person the owner of the incident. A later click is refused and names the owner. */
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentAck = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_ack', ({ incidentId }, by, at) => ({ kind: 'acknowledge', incidentId, by, at }));
