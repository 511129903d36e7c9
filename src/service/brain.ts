/**
 * Turns observations into a diagnosis and incident changes. Has no clock: the caller passes the time, so a replay of a
 * recording gives the same results as the live service.
 */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Incident, IncidentChange, Intent } from '../core/incident.ts';
import { redactAll } from '../core/redact.ts';
import type { Cause } from '../diagnose/cause.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { relations } from '../diagnose/rank.ts';
import { verifyFixes } from '../diagnose/verify-fix.ts';
import type { Thresholds } from '../findings/config.ts';
import type { IncidentConfig } from '../incident/config.ts';
import { type LifecycleRules, reduce } from '../incident/lifecycle.ts';
import { movedIncident, movedState } from '../incident/move.ts';
import { initialState } from '../incident/state.ts';
import { createTimeline, type Timeline, type TimelineOptions } from '../timeline/timeline.ts';

export interface BrainOptions extends TimelineOptions {
  readonly causes: readonly Cause[];
  readonly thresholds: Thresholds;
  readonly incidents: IncidentConfig;
  /** Incidents that were open when the process ended, and the time of the restart. */
  readonly open?: readonly Incident[];
  readonly startedAt?: number;
}

export interface Conclusion {
  readonly diagnosis: Diagnosis;
  readonly changes: readonly IncidentChange[];
}

export interface Brain extends Timeline {
  /** Concludes from the evidence at `at`. */
  tick(at: number): Conclusion;
  /** Applies a person's request; `answer` is for that person. */
  intent(intent: Intent): {
    readonly accepted: boolean;
    readonly answer: string;
    readonly changes: readonly IncidentChange[];
  };
  openIncidents(): readonly Incident[];
  /** Shifts all remembered times after a step of the wall clock. */
  move(byMs: number): void;
}

/** Adds to a resolved incident which of its fixes are in force. */
function withLandedFixes(change: IncidentChange, evidence: () => Evidence): IncidentChange {
  if (change.kind !== 'resolved') return change;
  const landed = verifyFixes(change.incident.diagnosis.fixes, evidence()).map(({ text }) => text);
  return landed.length === 0 ? change : { ...change, text: `${change.text} ${landed.join('; ')}.` };
}

/** A stored time in the future comes from a clock that was set back. It becomes the start time of this process. */
function notAhead(incident: Incident, startedAt: number): Incident {
  return incident.changedAt > startedAt ? movedIncident(incident, startedAt - incident.changedAt) : incident;
}

export function createBrain(options: BrainOptions): Brain {
  const timeline = createTimeline(options);
  const rules: LifecycleRules = { config: options.incidents, ...relations(options.causes) };
  const { open = [], startedAt } = options;
  let state = initialState(startedAt === undefined ? open : open.map((one) => notAhead(one, startedAt)), startedAt);
  return {
    ...timeline,
    tick(at) {
      const evidence = timeline.evidence(at);
      // Redacted here, so that no later stage handles secrets of a configuration.
      const diagnosis = redactAll(diagnose(evidence, options.causes, options.thresholds), 'keep');
      const reduced = reduce(state, { kind: 'diagnosis', at, host: options.host, diagnosis }, rules);
      state = reduced.state;
      return { diagnosis, changes: reduced.changes.map((change) => withLandedFixes(change, () => evidence)) };
    },
    intent(intent) {
      const { settled, changes, state: next } = reduce(state, { kind: 'intent', intent }, rules);
      state = next;
      return {
        accepted: settled?.accepted ?? false,
        answer: settled?.text ?? '',
        changes: changes.map((change) => withLandedFixes(change, () => timeline.evidence(intent.at))),
      };
    },
    openIncidents: () => state.tracked.map(({ incident }) => incident),
    move(byMs) {
      timeline.move(byMs);
      state = movedState(state, byMs);
    },
  };
}
