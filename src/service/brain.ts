/**
 * The part of gapwatch that concludes: observations in, diagnosis and incident changes out. It knows no time but the
 * one it is told, so the live service and a replay of its recording say the same.
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
  /** Incidents that were open when the process ended, and when it started again. */
  readonly open?: readonly Incident[];
  readonly startedAt?: number;
}

export interface Conclusion {
  readonly diagnosis: Diagnosis;
  readonly changes: readonly IncidentChange[];
}

export interface Brain extends Timeline {
  /** Concludes from what is known at `at`. */
  tick(at: number): Conclusion;
  /** What a person asked for; `answer` is for that person. */
  intent(intent: Intent): {
    readonly accepted: boolean;
    readonly answer: string;
    readonly changes: readonly IncidentChange[];
  };
  openIncidents(): readonly Incident[];
  /** The wall clock was moved: everything that is remembered is as long ago as before. */
  move(byMs: number): void;
}

/** The end of an incident tells which of its fixes are in force by then. */
function withLandedFixes(change: IncidentChange, evidence: () => Evidence): IncidentChange {
  if (change.kind !== 'resolved') return change;
  const landed = verifyFixes(change.incident.diagnosis.fixes, evidence()).map(({ text }) => text);
  return landed.length === 0 ? change : { ...change, text: `${change.text} ${landed.join('; ')}.` };
}

/** What was stored in the future was stored before the clock was set back: its times are moved so that it changed just now. */
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
      // Whoever keeps, sends or shows a diagnosis has no secret of a configuration to hide.
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
