/** Reading the sample side of the evidence: what could be seen, how old it is, how often we look. */
import { type Evidence, remembered, type SlowProbe } from '../core/evidence.ts';
import { groupBy } from '../core/grouping.ts';
import type { ProbeData, ProbeId, SampleOf } from '../core/sample.ts';
import type { Point } from './trend.ts';

export interface Seen<P extends ProbeId> {
  readonly at: number;
  readonly data: ProbeData[P];
}

/** Successful samples of one probe in the window, oldest first. */
export function seen<P extends ProbeId>(evidence: Evidence, probe: P): readonly Seen<P>[] {
  return seenOf(evidence)(probe);
}

/** Nearly every view and cause asks, and a window holds hundreds of looks. */
const seenOf = remembered((evidence: Evidence) => {
  const known = new Map<ProbeId, readonly Seen<ProbeId>[]>();
  return <P extends ProbeId>(probe: P): readonly Seen<P>[] => {
    const found = known.get(probe) ?? successful(evidence.history[probe] ?? []);
    known.set(probe, found);
    return found as readonly Seen<P>[];
  };
});

function successful<P extends ProbeId>(samples: readonly SampleOf<P>[]): readonly Seen<P>[] {
  return samples.flatMap((sample) => (sample.ok ? [{ at: sample.at, data: sample.data as ProbeData[P] }] : []));
}

/** The same over hours, a few an hour. */
export function seenForHours<P extends SlowProbe>(evidence: Evidence, probe: P): readonly Seen<P>[] {
  return successful<P>(evidence.longHistory?.[probe] ?? []);
}

/** The part of `samples` that is younger than `ageMs`. */
export function within<T extends { readonly at: number }>(
  samples: readonly T[],
  asOf: number,
  ageMs: number,
): readonly T[] {
  return samples.filter((sample) => sample.at > asOf - ageMs);
}

/** What each worker used, look by look: slots or descriptors. */
export function usedByWorker(looks: readonly Seen<SlowProbe>[]): (pid: number) => readonly Point[] {
  return pointsBy(looks, ({ workers }) => workers.map(({ pid, used }) => [pid, used] as const));
}

/** The course of several figures in one pass over the samples: `figuresOf` names the figures of one sample. */
export function pointsBy<T>(
  looks: readonly { readonly at: number; readonly data: T }[],
  figuresOf: (data: T) => readonly (readonly [id: number, value: number])[],
): (id: number) => readonly Point[] {
  const figures = looks.flatMap(({ at, data }) => figuresOf(data).map(([id, value]) => ({ id, at, value })));
  const courses = groupBy(figures, ({ id }) => id);
  return (id) => courses.get(id) ?? [];
}

/** Those younger than `ageMs` behind the last one before them: the baseline of what a counter did since. */
export function withBaseline<T extends { readonly at: number }>(
  samples: readonly T[],
  asOf: number,
  ageMs: number,
): readonly T[] {
  const first = samples.findIndex(({ at }) => at > asOf - ageMs);
  return first === -1 ? samples.slice(-1) : samples.slice(Math.max(0, first - 1));
}

/** How many of the newest hold, in a row. */
export function inARow<T>(looks: readonly T[], holds: (look: T) => boolean): number {
  return looks.length - 1 - looks.findLastIndex((look) => !holds(look));
}

/** The newest successful sample unless it is older than `ageMs`. */
export function newest<P extends ProbeId>(evidence: Evidence, probe: P, ageMs: number): Seen<P> | null {
  const last = seen(evidence, probe).at(-1);
  return last !== undefined && last.at > evidence.asOf - ageMs ? last : null;
}

const DEFAULT_INTERVAL_MS = 5_000;
const CADENCE_PROBES: readonly ProbeId[] = ['slots', 'stub-status', 'workers', 'fds', 'kernel', 'listeners'];

/** Median time between the newest samples of whichever probe runs; 5 s when there are too few. */
export function samplingIntervalMs(evidence: Evidence): number {
  for (const probe of CADENCE_PROBES) {
    const samples = (evidence.history[probe] ?? []).slice(-6);
    const steps = samples.slice(1).map((sample, i) => sample.at - (samples[i]?.at ?? sample.at));
    const real = steps.filter((step) => step > 0).sort((a, b) => a - b);
    const median = real[real.length >> 1];
    if (median !== undefined) return median;
  }
  return DEFAULT_INTERVAL_MS;
}
