/** Snooze for one of the offered durations. Refuses any other value as outdated or forged. */
import { SNOOZE_CHOICES } from '../blocks/incident-actions.ts';
import { type Listener, type ListenerDeps, onIntent } from './click.ts';

export const incidentSnooze = (deps: ListenerDeps): Listener =>
  onIntent(deps, 'incident_snooze', ({ incidentId, choice }, by, at) => {
    const chosen = SNOOZE_CHOICES.find(({ span }) => span === choice);
    if (chosen === undefined) return null;
    const forMs = chosen.span === 'resolved' ? null : Number(chosen.span) * 60_000;
    return { kind: 'snooze', incidentId, by, at, forMs };
  });
