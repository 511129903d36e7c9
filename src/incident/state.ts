/** The state of the reducer between events, as plain data. Only open incidents are kept across a restart. */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';

/** An open incident and its timers. */
export interface Tracked {
  readonly incident: Incident;
  /** The newest diagnosis that confirms it. */
  readonly newest: Diagnosis;
  /** Start of the time without a confirming diagnosis; null while one confirms it. */
  readonly goodSince: number | null;
  /** Start of the time without lost clients; null during a loss. */
  readonly calmSince: number | null;
  /** The recovery was reported. */
  readonly recovering: boolean;
  /** Start of the time with a lower severity than the incident's. */
  readonly milderSince: number | null;
  /** The different cause that is named now, and since when. */
  readonly rival: { readonly cause: string; readonly since: number } | null;
  readonly lastTotal: number;
  readonly lastAt: number;
}

/** A cause whose hold time has not passed yet. */
export interface Candidate {
  readonly since: number;
  readonly seenAt: number;
}

/** How the last incident of a cause ended. */
export interface Ended {
  readonly at: number;
  /** Number of returns within the flap window. */
  readonly comebacks: number;
  /** A person resolved it while its cause held: no incident opens until the cause was absent. */
  readonly byHand: boolean;
}

export interface LifecycleState {
  readonly tracked: readonly Tracked[];
  /** By fingerprint. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly ended: ReadonlyMap<string, Ended>;
}

/** `open`: the incidents that were open when the process ended. Their timers start again. */
export function initialState(open: readonly Incident[] = [], at = 0): LifecycleState {
  return {
    tracked: open.filter(({ state }) => state !== 'resolved').map((incident) => track(incident, at)),
    candidates: new Map(),
    ended: new Map(),
  };
}

export function track(incident: Incident, at: number): Tracked {
  const { diagnosis } = incident;
  return {
    incident,
    newest: diagnosis,
    goodSince: null,
    calmSince: diagnosis.losing.now ? null : at,
    recovering: false,
    milderSince: null,
    rival: null,
    lastTotal: diagnosis.losing.total,
    lastAt: at,
  };
}
