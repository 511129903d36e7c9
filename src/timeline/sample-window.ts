/**
 * Keeps the newest samples of one probe, oldest first, bounded in time and number. Inserts late samples in order. After
 * the wall clock was set back, drops samples that are now in the future, because they would never expire.
 */
import { movedSample, type ProbeId, type Sample, type SampleOf } from '../core/sample.ts';

/** A sample that is older than its predecessor by more than this means that the clock was set back. */
export const CLOCK_STEP_MS = 5_000;

export interface SampleWindow<P extends ProbeId> {
  /** True when this sample shows that the clock was set back. */
  add(sample: SampleOf<P>): boolean;
  /** Drops samples newer than `at`. */
  forgetAfter(at: number): void;
  /** Shifts all samples after a step of the wall clock. */
  move(byMs: number): void;
  latest(): SampleOf<P> | undefined;
  /** Samples in `(asOf - windowMs, asOf]`, oldest first. Drops older ones, but never the newest. */
  within(asOf: number, windowMs: number): readonly SampleOf<P>[];
}

export function createSampleWindow<P extends ProbeId>(maxSamples: number): SampleWindow<P> {
  let samples: SampleOf<P>[] = [];

  function forgetAfter(at: number): void {
    samples = samples.filter((sample) => sample.at <= at);
  }

  return {
    add(sample) {
      const newest = samples.at(-1);
      const stepped = newest !== undefined && sample.at < newest.at - CLOCK_STEP_MS;
      if (stepped) forgetAfter(sample.at);
      let index = samples.length;
      while (index > 0 && (samples[index - 1]?.at ?? 0) > sample.at) index--;
      samples.splice(index, 0, sample);
      if (samples.length > maxSamples) samples.splice(0, samples.length - maxSamples);
      return stepped;
    },
    forgetAfter,
    move(byMs) {
      samples = samples.map((sample) => movedSample(sample as Sample, byMs) as SampleOf<P>);
    },
    latest: () => samples.at(-1),
    within(asOf, windowMs) {
      const from = asOf - windowMs;
      const stale = samples.findIndex((sample) => sample.at > from);
      if (stale === -1) samples = samples.slice(-1);
      else if (stale > 0) samples.splice(0, stale);
      return samples.filter((sample) => sample.at > from && sample.at <= asOf);
    },
  };
}
