/** Reading evidence: the newest look of a probe or why there is none, growth of counters, lines of the log. */
import type { Evidence, SignalTally } from '../core/evidence.ts';
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

/** A look older than this (and than three intervals) says nothing about now. */
const STALE_MS = 120_000;

export function newest<P extends ProbeId>(evidence: Evidence, probe: P): Seen<ProbeData[P]> | Blind {
  const sample = evidence.latest[probe];
  if (sample === undefined) return { ok: false, at: null, reason: 'not-looked', detail: `no ${probe} probe has run` };
  if (!sample.ok) return { ok: false, at: sample.at, reason: sample.reason, detail: sample.detail };
  const ageMs = evidence.asOf - sample.at;
  const before = evidence.history[probe]?.at(-2)?.at ?? sample.at;
  if (ageMs > Math.max(STALE_MS, 3 * (sample.at - before))) {
    return { ok: false, at: sample.at, reason: 'stale', detail: `last looked ${Math.round(ageMs / 1000)} s ago` };
  }
  return { ok: true, at: sample.at, data: sample.data as ProbeData[P] };
}

/** Successful samples in the window, oldest first. */
export function history<P extends ProbeId>(evidence: Evidence, probe: P): readonly Seen<ProbeData[P]>[] {
  const found: Seen<ProbeData[P]>[] = [];
  for (const sample of evidence.history[probe] ?? []) {
    if (sample.ok) found.push({ ok: true, at: sample.at, data: sample.data as ProbeData[P] });
  }
  return found;
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  readonly total: number;
  readonly perSecond: number;
  readonly overMs: number;
}

/** Growth of a counter over the newest `overMs`; a fall is a restart and adds nothing. Null with fewer than two points. */
export function growth(points: readonly Point[], asOf: number, overMs: number): Growth | null {
  const baseline = points.findLast(({ at }) => at <= asOf - overMs);
  const recent = points.filter(({ at }) => at > asOf - overMs);
  const used = baseline === undefined ? recent : [baseline, ...recent];
  const [first] = used;
  const last = used.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  let total = 0;
  for (let index = 1; index < used.length; index++) {
    total += Math.max(0, (used[index]?.value ?? 0) - (used[index - 1]?.value ?? 0));
  }
  const spanMs = last.at - first.at;
  return { total, perSecond: (total * 1000) / spanMs, overMs: spanMs };
}

/** Tallies of these patterns whose newest line is at most `activeMs` old. */
export function activeLines(evidence: Evidence, patterns: readonly string[], activeMs: number): SignalTally[] {
  return patterns.flatMap((pattern) => {
    const tally = evidence.signals.get(pattern);
    return tally !== undefined && evidence.asOf - tally.lastAt <= activeMs ? [tally] : [];
  });
}

export function countOf(tallies: readonly SignalTally[]): number {
  return tallies.reduce((sum, tally) => sum + tally.count, 0);
}

export function perSecondOf(tallies: readonly SignalTally[]): number {
  return tallies.reduce((sum, tally) => sum + tally.perSecond, 0);
}
