/** The newest sample of a probe, or the reason why there is none. */
import type { Evidence } from '../core/evidence.ts';
import type { ProbeData, ProbeFailure, ProbeId } from '../core/sample.ts';

export interface Seen<T> {
  readonly ok: true;
  readonly at: number;
  readonly data: T;
}

export interface Blind {
  readonly ok: false;
  readonly at: number | null;
  readonly reason: ProbeFailure | 'not-looked' | 'stale';
  readonly detail: string;
}

/** A sample older than this (and than three intervals) does not describe the present. */
const STALE_MS = 120_000;

export function newest<P extends ProbeId>(evidence: Evidence, probe: P): Seen<ProbeData[P]> | Blind {
  const sample = evidence.latest[probe];
  if (sample === undefined) return { ok: false, at: null, reason: 'not-looked', detail: `no ${probe} probe has run` };
  if (!sample.ok) return { ok: false, at: sample.at, reason: sample.reason, detail: sample.detail };
  const ageMs = evidence.asOf - sample.at;
  const before = evidence.history[probe]?.at(-2)?.at ?? sample.at;
  if (ageMs > Math.max(STALE_MS, 3 * (sample.at - before))) {
    return { ok: false, at: sample.at, reason: 'stale', detail: `last sampled ${Math.round(ageMs / 1000)} s ago` };
  }
  return { ok: true, at: sample.at, data: sample.data as ProbeData[P] };
}
