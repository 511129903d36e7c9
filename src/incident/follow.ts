/** Updates an open incident from diagnoses: worse, better, losing, recovering, renamed, resolved. */
import { compareSeverity, type Diagnosis } from '../core/diagnosis.ts';
import { span } from '../core/format.ts';
import type { Incident, IncidentChange, IncidentChangeKind } from '../core/incident.ts';
import { change } from './change.ts';
import type { IncidentConfig } from './config.ts';
import type { Tracked } from './state.ts';

export interface Followed {
  /** Null when the incident has ended. */
  readonly tracked: Tracked | null;
  readonly changes: readonly IncidentChange[];
}

/** Collects the changes from one diagnosis. */
class Changes {
  readonly list: IncidentChange[] = [];
  tracked: Tracked;

  constructor(tracked: Tracked) {
    this.tracked = tracked;
  }

  note(over: Partial<Tracked>): void {
    this.tracked = { ...this.tracked, ...over };
  }

  make(kind: IncidentChangeKind, at: number, text: string, over: Partial<Incident> = {}): void {
    const made = change(this.tracked.incident, kind, at, text, { diagnosis: this.tracked.newest, ...over });
    this.list.push(made.change);
    this.note({ incident: made.incident });
  }
}

/** Clients lost since the last diagnosis: the growth of the window's total, or the rate once the window slides. */
function lostSince(tracked: Tracked, { losing }: Diagnosis, at: number): number {
  if (losing.total >= tracked.lastTotal) return losing.total - tracked.lastTotal;
  return (losing.perSecond * Math.max(0, at - tracked.lastAt)) / 1000;
}

function countLoss(changes: Changes, diagnosis: Diagnosis, at: number): void {
  const { incident } = changes.tracked;
  changes.note({
    lastTotal: diagnosis.losing.total,
    lastAt: at,
    incident: {
      ...incident,
      peakLostPerSecond: Math.max(incident.peakLostPerSecond, diagnosis.losing.perSecond),
      lostTotal: Math.round(incident.lostTotal + lostSince(changes.tracked, diagnosis, at)),
    },
  });
}

function followSeverity(changes: Changes, { severity }: Diagnosis, at: number, config: IncidentConfig): void {
  const { incident, milderSince } = changes.tracked;
  const step = compareSeverity(severity, incident.severity);
  if (step > 0) changes.make('worse', at, `Now ${severity}: ${changes.tracked.newest.summary}`, { severity });
  if (step >= 0) {
    changes.note({ milderSince: null });
    return;
  }
  const since = milderSince ?? at;
  changes.note({ milderSince: since });
  if (at - since < config.milderAfterMs) return;
  changes.make('better', at, `Down to ${severity}: ${changes.tracked.newest.summary}`, { severity });
  changes.note({ milderSince: null });
}

function followLoss(changes: Changes, { losing }: Diagnosis, at: number, config: IncidentConfig): void {
  const { calmSince, recovering, incident } = changes.tracked;
  if (losing.now) {
    const began = recovering || !incident.diagnosis.losing.now;
    changes.note({ calmSince: null, recovering: false });
    const rate = losing.perSecond > 0 ? `, ${losing.perSecond}/s` : '';
    const gotWorse = changes.list.some(({ kind }) => kind === 'worse');
    if (began && !gotWorse) changes.make('losing', at, `Clients are being lost: ${losing.how ?? 'unanswered'}${rate}.`);
    return;
  }
  const since = calmSince ?? at;
  changes.note({ calmSince: since });
  if (recovering || !incident.diagnosis.losing.now || at - since < config.calmAfterMs) return;
  changes.note({ recovering: true });
  changes.make('recovering', at, `No client lost for ${span(at - since)}.`);
}

/** Applies a diagnosis that confirms this incident. */
export function confirm(tracked: Tracked, diagnosis: Diagnosis, at: number, config: IncidentConfig): Followed {
  const changes = new Changes({ ...tracked, newest: diagnosis, goodSince: null, rival: null });
  countLoss(changes, diagnosis, at);
  followSeverity(changes, diagnosis, at, config);
  followLoss(changes, diagnosis, at, config);
  return { tracked: changes.tracked, changes: changes.list };
}

/** Applies a diagnosis that shows that the incident holds under a less specific cause. */
export function stillHolds(tracked: Tracked, losingNow: boolean, at: number): Tracked {
  return {
    ...tracked,
    goodSince: null,
    rival: null,
    lastAt: at,
    calmSince: losingNow ? null : (tracked.calmSince ?? at),
  };
}

/** Changes the cause of an incident. */
export function rename(tracked: Tracked, cause: string, diagnosis: Diagnosis, at: number): Followed {
  const { incident } = tracked;
  const changes = new Changes({ ...tracked, newest: diagnosis, goodSince: null, rival: null, milderSince: null });
  countLoss(changes, diagnosis, at);
  changes.make('cause-changed', at, `The cause is ${cause}, not ${incident.cause}: ${diagnosis.summary}`, {
    cause,
    severity: diagnosis.severity,
    formerCauses: [...incident.formerCauses, { cause: incident.cause, until: at }],
  });
  const calmSince = diagnosis.losing.now ? null : (tracked.calmSince ?? at);
  changes.note({ calmSince, recovering: tracked.recovering && !diagnosis.losing.now });
  return { tracked: changes.tracked, changes: changes.list };
}

/** Applies a diagnosis without any sign of this incident. */
export function fade(tracked: Tracked, at: number, closeAfterMs: number, config: IncidentConfig): Followed {
  const silence = at - tracked.lastAt > closeAfterMs;
  const goodSince = tracked.goodSince === null || silence ? at : tracked.goodSince;
  const losing = { ...tracked.newest.losing, now: false, perSecond: 0, how: null };
  const changes = new Changes({ ...tracked, newest: { ...tracked.newest, losing }, goodSince, lastAt: at });
  if (at - goodSince >= closeAfterMs) {
    const { incident } = tracked;
    const lost = incident.lostTotal > 0 ? `, about ${incident.lostTotal} clients lost` : '';
    const text = `Healthy for ${span(at - goodSince)}. It lasted ${span(goodSince - incident.openedAt)}${lost}.`;
    changes.make('resolved', at, text, { state: 'resolved', resolvedAt: at, snoozedUntil: null });
    return { tracked: null, changes: changes.list };
  }
  followLoss(changes, changes.tracked.newest, at, config);
  return { tracked: changes.tracked, changes: changes.list };
}
