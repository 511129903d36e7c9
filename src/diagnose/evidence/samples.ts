/** Reading the sample side of the evidence: what could be seen, how old it is, how often we look. */
import type { Evidence, SlowProbe } from '../../core/evidence.ts';
import type { ProbeData, ProbeId } from '../../core/sample.ts';

export interface Seen<P extends ProbeId> {
  readonly at: number;
  readonly data: ProbeData[P];
}

/** Successful samples of one probe in the window, oldest first. */
export function seen<P extends ProbeId>(evidence: Evidence, probe: P): readonly Seen<P>[] {
  const found: Seen<P>[] = [];
  for (const sample of evidence.history[probe] ?? []) {
    if (sample.ok) found.push({ at: sample.at, data: sample.data as ProbeData[P] });
  }
  return found;
}

/** The same over hours, a few an hour. */
export function seenForHours<P extends SlowProbe>(evidence: Evidence, probe: P): readonly Seen<P>[] {
  return (evidence.longHistory?.[probe] ?? []).flatMap(({ at, ...sample }) =>
    sample.ok ? [{ at, data: sample.data as ProbeData[P] }] : [],
  );
}

/** The part of `samples` that is younger than `ageMs`. */
export function within<T extends { readonly at: number }>(
  samples: readonly T[],
  asOf: number,
  ageMs: number,
): readonly T[] {
  return samples.filter((sample) => sample.at > asOf - ageMs);
}

/** What one worker used, look by look: slots or descriptors. */
export function usedBy(
  pid: number,
  looks: readonly Seen<SlowProbe>[],
): readonly { readonly at: number; readonly value: number }[] {
  return looks.flatMap(({ at, data }) => {
    const same = data.workers.find((worker) => worker.pid === pid);
    return same === undefined ? [] : [{ at, value: same.used }];
  });
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

/** Median time between the newest samples of whichever probe runs; 5 s when that cannot be told. */
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
