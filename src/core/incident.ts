/** The type of an incident: one cause on one host, from open to resolved, with one Slack message. */
import type { Diagnosis, Severity } from './diagnosis.ts';

export type IncidentState = 'open' | 'acknowledged' | 'snoozed' | 'resolved';

export interface Incident {
  /** Stable, unique, sortable: `inc-<openedAt base36>-<host hash>`. */
  readonly id: string;
  readonly host: string;
  readonly cause: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly openedAt: number;
  readonly changedAt: number;
  readonly resolvedAt: number | null;
  /** Increases by one with each change that must be posted. */
  readonly rev: number;
  /** The diagnosis as of `changedAt`. */
  readonly diagnosis: Diagnosis;
  /** The highest losing.perSecond so far, and all lost clients. */
  readonly peakLostPerSecond: number;
  readonly lostTotal: number;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  readonly snoozedUntil: number | null;
  /** Earlier causes of this incident, oldest first, when the diagnosis changed. */
  readonly formerCauses: readonly { readonly cause: string; readonly until: number }[];
}

export type IncidentChangeKind =
  | 'opened'
  | 'cause-changed'
  | 'worse'
  | 'better'
  | 'losing'
  | 'recovering'
  | 'acknowledged'
  | 'unacknowledged'
  | 'snoozed'
  | 'woke'
  | 'resolved';

/** One step of an incident, with the sentence for its thread. */
export interface IncidentChange {
  readonly kind: IncidentChangeKind;
  readonly at: number;
  readonly incident: Incident;
  /** One sentence for people. */
  readonly text: string;
}

/** The request of a person. The reducer decides whether it still applies. */
export type Intent =
  | { readonly kind: 'acknowledge'; readonly incidentId: string; readonly by: string; readonly at: number }
  | { readonly kind: 'unacknowledge'; readonly incidentId: string; readonly by: string; readonly at: number }
  | {
      readonly kind: 'snooze';
      readonly incidentId: string;
      readonly by: string;
      readonly at: number;
      /** null = until resolved. */
      readonly forMs: number | null;
    }
  | { readonly kind: 'resolve'; readonly incidentId: string; readonly by: string; readonly at: number };
