/**
 * The reducer from diagnoses and intents to incidents. Pure. Keeps one open incident for each cause and host, and the
 * same incident when its cause changes. Opens none without a loss or an expected loss. Never reopens a resolved one.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { IncidentChange, Intent } from '../core/incident.ts';
import { change } from './change.ts';
import type { IncidentConfig } from './config.ts';
import { fingerprint } from './fingerprint.ts';
import { confirm, fade, rename, stillHolds } from './follow.ts';
import { type Settled, settle, wake } from './intents.ts';
import { holdMs, incidentCause, observe, openIncident, silencedByHand, UNNAMED } from './opening.ts';
import { type Candidate, type Ended, type LifecycleState, type Tracked, track } from './state.ts';

export type LifecycleEvent =
  | { readonly kind: 'diagnosis'; readonly at: number; readonly host: string; readonly diagnosis: Diagnosis }
  | { readonly kind: 'intent'; readonly intent: Intent };

/** What the reducer needs to know about the causes and the config. */
export interface LifecycleRules {
  readonly config: IncidentConfig;
  /** `consequence` follows from `root`. */
  follows(root: string, consequence: string): boolean;
  /** Whether two causes may be names of one problem. */
  related(a: string, b: string): boolean;
}

export interface Reduced {
  readonly state: LifecycleState;
  readonly changes: readonly IncidentChange[];
  /** The answer to the person, when the event was an intent. */
  readonly settled: Settled | null;
}

export function reduce(state: LifecycleState, event: LifecycleEvent, rules: LifecycleRules): Reduced {
  return event.kind === 'intent' ? reduceIntent(state, event.intent) : reduceDiagnosis(state, event, rules);
}

function reduceIntent(state: LifecycleState, intent: Intent): Reduced {
  const tracked = state.tracked.find(({ incident }) => incident.id === intent.incidentId) ?? null;
  const settled = settle(tracked?.incident ?? null, intent);
  if (tracked === null || settled.change === null || settled.incident === null) return { state, changes: [], settled };
  const { incident } = settled;
  const over = incident.state === 'resolved';
  const others = state.tracked.filter((other) => other !== tracked);
  const ended = new Map(state.ended);
  if (over)
    ended.set(fingerprint(incident.host, incident.cause), {
      at: intent.at,
      comebacks: 0,
      byHand: tracked.goodSince === null,
    });
  return {
    state: { ...state, ended, tracked: over ? others : [...others, { ...tracked, incident }] },
    changes: [settled.change],
    settled,
  };
}

/** Collects the changes from one diagnosis. */
class Step {
  readonly changes: IncidentChange[] = [];
  readonly tracked: Tracked[] = [];
  readonly candidates: Map<string, Candidate>;
  readonly ended: Map<string, Ended>;

  constructor(state: LifecycleState) {
    this.candidates = new Map(state.candidates);
    this.ended = new Map(state.ended);
  }

  keep(followed: { readonly tracked: Tracked | null; readonly changes: readonly IncidentChange[] }): void {
    this.changes.push(...followed.changes);
    if (followed.tracked !== null) this.tracked.push(followed.tracked);
  }
}

type DiagnosisEvent = Extract<LifecycleEvent, { kind: 'diagnosis' }>;

function reduceDiagnosis(state: LifecycleState, event: DiagnosisEvent, rules: LifecycleRules): Reduced {
  const { at, host, diagnosis } = event;
  const step = new Step(state);
  const cause = incidentCause(diagnosis);
  const mine = state.tracked.filter(({ incident }) => incident.host === host);
  step.tracked.push(...state.tracked.filter(({ incident }) => incident.host !== host));
  const owner = cause === null ? null : ownerOf(mine, cause, diagnosis, rules);
  for (const woken of mine.map((tracked) => wakeUp(tracked, at, step))) {
    const owns = owner !== null && woken.incident.id === owner.incident.id;
    if (owns && cause !== null) step.keep(own(woken, cause, event, rules));
    else step.keep(bystander(woken, event, rules, step));
  }
  forgetAbsent(step, event, cause);
  if (cause !== null && owner === null) consider(step, event, cause, rules);
  else if (cause !== null) step.candidates.delete(fingerprint(host, cause));
  return {
    state: { tracked: step.tracked, candidates: step.candidates, ended: step.ended },
    changes: step.changes,
    settled: null,
  };
}

function wakeUp(tracked: Tracked, at: number, step: Step): Tracked {
  const woken = wake(tracked.incident, at);
  if (woken === null) return tracked;
  step.changes.push(woken.change);
  return { ...tracked, incident: woken.incident };
}

/** The open incident to which this diagnosis belongs; null for a new problem. */
function ownerOf(open: readonly Tracked[], cause: string, diagnosis: Diagnosis, rules: LifecycleRules): Tracked | null {
  const named = (id: string) => open.find(({ incident }) => incident.cause === id);
  const same = named(cause);
  if (same !== undefined) return same;
  if (cause === UNNAMED) return open[0] ?? null;
  const present = new Set(diagnosis.alsoPresent);
  return (
    open.find(({ incident }) => rules.follows(cause, incident.cause) || rules.follows(incident.cause, cause)) ??
    named(UNNAMED) ??
    open.find(({ incident }) => rules.related(cause, incident.cause) && !present.has(incident.cause)) ??
    null
  );
}

/** A certain diagnosis that rules this cause out: the earlier cause was wrong. */
function denies({ confidence, ruledOut }: Diagnosis, cause: string): boolean {
  return confidence === 'certain' && ruledOut.some((out) => out.cause === cause);
}

function own(tracked: Tracked, cause: string, { at, diagnosis }: DiagnosisEvent, rules: LifecycleRules) {
  const { incident } = tracked;
  if (incident.cause === cause) return confirm(tracked, diagnosis, at, rules.config);
  const consequence = rules.follows(incident.cause, cause) && !denies(diagnosis, incident.cause);
  if (cause === UNNAMED || consequence) return { tracked: stillHolds(tracked, diagnosis.losing.now, at), changes: [] };
  const since = tracked.rival?.cause === cause ? tracked.rival.since : at;
  if (at - since >= renameHoldMs(tracked, cause, diagnosis, rules)) return rename(tracked, cause, diagnosis, at);
  return { tracked: { ...stillHolds(tracked, diagnosis.losing.now, at), rival: { cause, since } }, changes: [] };
}

/** A certain root cause replaces its consequence at once. Any other rename must hold, longer after each rename. */
function renameHoldMs(
  { incident }: Tracked,
  cause: string,
  diagnosis: Diagnosis,
  { config, follows }: LifecycleRules,
): number {
  const first = incident.formerCauses.length === 0;
  const better = incident.cause === UNNAMED || follows(cause, incident.cause);
  if (first && better && diagnosis.confidence === 'certain') return 0;
  return config.changeHoldMs * 2 ** incident.formerCauses.length;
}

/** Updates an open incident that this diagnosis does not name. */
function bystander(tracked: Tracked, { at, diagnosis }: DiagnosisEvent, { config }: LifecycleRules, step: Step) {
  const { cause, host } = tracked.incident;
  if (diagnosis.alsoPresent.includes(cause)) return { tracked: stillHolds(tracked, false, at), changes: [] };
  // Too little evidence is neither good nor bad, so the healthy time starts again.
  if (diagnosis.verdict === 'cannot-tell') return { tracked: { ...tracked, goodSince: null, lastAt: at }, changes: [] };
  const key = fingerprint(host, cause);
  const comebacks = step.ended.get(key)?.comebacks ?? 0;
  const followed = fade(tracked, at, config.closeAfterMs * 2 ** Math.min(3, comebacks), config);
  if (followed.tracked === null) step.ended.set(key, { at, comebacks, byHand: false });
  return followed;
}

/** A cause that is absent from this diagnosis loses its hold time, and its resolution by hand is confirmed. */
function forgetAbsent(step: Step, { host, diagnosis, at }: DiagnosisEvent, cause: string | null): void {
  if (diagnosis.verdict === 'cannot-tell' && cause === null) return;
  const present = new Set([...diagnosis.alsoPresent, cause].map((id) => fingerprint(host, id ?? '')));
  for (const key of [...step.candidates.keys()])
    if (key.startsWith(`${host}\u0000`) && !present.has(key)) step.candidates.delete(key);
  for (const [key, ended] of step.ended) {
    if (key.startsWith(`${host}\u0000`) && !present.has(key) && ended.byHand)
      step.ended.set(key, { ...ended, at, byHand: false });
  }
}

function consider(
  step: Step,
  { at, host, diagnosis }: DiagnosisEvent,
  cause: string,
  { config }: LifecycleRules,
): void {
  const key = fingerprint(host, cause);
  const ended = step.ended.get(key);
  if (silencedByHand(ended, at, config)) return;
  const candidate = observe(step.candidates.get(key), at);
  step.candidates.set(key, candidate);
  if (at - candidate.since < holdMs(diagnosis, config)) return;
  step.candidates.delete(key);
  const incident = openIncident(host, cause, diagnosis, at);
  const opened = change(incident, 'opened', at, diagnosis.summary);
  const back = ended !== undefined && at - ended.at < config.flapWindowMs;
  step.ended.set(key, { at, comebacks: back ? ended.comebacks + 1 : 0, byHand: false });
  step.changes.push(opened.change);
  step.tracked.push(track(opened.incident, at));
}
