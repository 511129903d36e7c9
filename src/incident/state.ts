/** What the lifecycle remembers between events. Plain data; only open incidents are worth keeping across a restart. */
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Incident } from '../core/incident.ts';

/** An open incident and the clocks that run on it. */
export interface Tracked {
  readonly incident: Incident;
  /** The newest diagnosis that spoke for it. */
  readonly newest: Diagnosis;
  /** Since when nothing speaks for it; null while something does. */
  readonly goodSince: number | null;
  /** Since when no client is lost; null while some are. */
  readonly calmSince: number | null;
  /** The channel has been told that it recovers. */
  readonly recovering: boolean;
  /** Since when the severity is lower than the incident's. */
  readonly milderSince: number | null;
  /** Another cause named instead, and since when. */
  readonly rival: { readonly cause: string; readonly since: number } | null;
  readonly lastTotal: number;
  readonly lastAt: number;
}

/** A cause that does not have its incident yet. */
export interface Candidate {
  readonly since: number;
  readonly seenAt: number;
}

/** How a cause's last incident ended. */
export interface Ended {
  readonly at: number;
  /** Times it came back within the flap window. */
  readonly comebacks: number;
  /** A person ended it while its cause still held: nothing opens until the cause was gone. */
  readonly byHand: boolean;
}

export interface LifecycleState {
  readonly tracked: readonly Tracked[];
  /** By fingerprint. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly ended: ReadonlyMap<string, Ended>;
}

/** `open`: the incidents that were open when the process ended; the clocks start anew. */
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
