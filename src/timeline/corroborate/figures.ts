/** Finds the figures of the probes around the time of a line: status counters, use of slots and descriptors, levels. */
import type { Evidence } from '../../core/evidence.ts';
import type { ProbeData, ProbeId, SampleOf } from '../../core/sample.ts';
import type { StubStatusCounters } from '../../core/samples/stub-status.ts';
import { LINE_MS } from './processes.ts';

/** The values on both sides of a line; null without a sample. */
export interface Sides<T> {
  readonly before: T | null;
  /**
   * From a sample that was surely after the line, and from the first one that may have been: nginx writes whole
   * seconds.
   */
  readonly after: T | null;
  readonly soon: T | null;
  /** The sample after it is still to come. */
  readonly waits: boolean;
}

/** How long a line may wait for the deciding sample. After that it is judged without it. */
export const PATIENCE_MS = 10_000;
/** A probe that answered within this time is expected to answer again. */
const RECENT_MS = 30_000;

export function waits({ asOf }: Evidence, lineAt: number, lastSampleAt: number | undefined): boolean {
  return asOf - lineAt < PATIENCE_MS && lastSampleAt !== undefined && asOf - lastSampleAt < RECENT_MS;
}

/** Number of neighbouring samples that can replace a failed one. */
const NEAR_SAMPLES = 3;

/**
 * `read` returns null for a sample without the value. `choose` picks the value of a side from its nearest samples,
 * nearest first; by default the nearest one.
 */
export function sidesOf<P extends ProbeId, T>(
  evidence: Evidence,
  probe: P,
  lineAt: number,
  read: (data: ProbeData[P]) => T | null,
  choose: (values: readonly T[]) => T | undefined = ([nearest]) => nearest,
): Sides<T> {
  const samples: readonly SampleOf<P>[] = evidence.history[probe] ?? [];
  const chosen = (nearest: readonly SampleOf<P>[]): T | null => {
    const values = nearest.slice(0, NEAR_SAMPLES).map((sample) => (sample.ok ? read(sample.data) : null));
    return choose(values.filter((value) => value !== null)) ?? null;
  };
  const next = samples.findLastIndex(({ at }) => at <= lineAt) + 1;
  const soon = samples.slice(next, next + 2 * NEAR_SAMPLES);
  const later = soon.filter(({ at }) => at >= lineAt + LINE_MS);
  const before = chosen(samples.slice(Math.max(0, next - NEAR_SAMPLES), next).toReversed());
  return {
    before,
    after: chosen(later),
    soon: chosen(soon),
    waits: before !== null && later.length === 0 && waits(evidence, lineAt, samples.at(-1)?.at),
  };
}

const gapOf = ({ accepts, handled }: StubStatusCounters): number => accepts - handled;

/**
 * nginx reads the counters one after the other without a lock, so the reading with the smallest gap is the most
 * accurate.
 */
function surest(readings: readonly StubStatusCounters[]): StubStatusCounters | undefined {
  return readings.toSorted((a, b) => gapOf(a) - gapOf(b))[0];
}

/** accepts − handled, with its counters. */
export function gapsAround(evidence: Evidence, lineAt: number): Sides<StubStatusCounters & { readonly gap: number }> {
  const read = ({ counters }: ProbeData['stub-status']): StubStatusCounters | null => counters;
  const { before, after, soon, ...rest } = sidesOf(evidence, 'stub-status', lineAt, read, surest);
  const withGap = (counters: StubStatusCounters | null) => counters && { ...counters, gap: gapOf(counters) };
  return { ...rest, before: withGap(before), after: withGap(after), soon: withGap(soon) };
}

export function countersAround(evidence: Evidence, lineAt: number): Sides<StubStatusCounters> {
  return sidesOf(evidence, 'stub-status', lineAt, ({ counters }) => counters);
}

export interface Use {
  readonly used: number;
  readonly limit: number;
}

/** Descriptors or slots of one worker. */
export function useAround(evidence: Evidence, probe: 'fds' | 'slots', pid: number, lineAt: number): Sides<Use> {
  if (probe === 'slots')
    return sidesOf(evidence, 'slots', lineAt, ({ workers }) => useOf(workers.find((one) => one.pid === pid)));
  return sidesOf(evidence, 'fds', lineAt, ({ workers }) => {
    const own = workers.find((one) => one.pid === pid);
    return useOf(own && { used: own.used, limit: own.soft });
  });
}

function useOf(own: { readonly used: number; readonly limit: number | null } | undefined): Use | null {
  return own?.limit == null ? null : { used: own.used, limit: own.limit };
}
