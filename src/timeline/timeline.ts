/**
 * Collects the last minutes of one host and returns the evidence at any moment. Bounded in time, entries and bytes.
 * Accepts late, untimed and repeated input and clocks that step. Has no clock, so a replay of recorded input gives the
 * same evidence as the live run.
 */
import type { NotObservable } from '../core/diagnosis.ts';
import type { Evidence, SignalTally, SlowProbe } from '../core/evidence.ts';
import type { ProbeId, Sample, SampleOf } from '../core/sample.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { Settings } from '../core/settings.ts';
import type { Signal } from '../core/signal.ts';
import { blindSpots } from './blind-spots.ts';
import { corroborate } from './corroborate/corroborate.ts';
import { CLOCK_STEP_MS, createSampleWindow, type SampleWindow } from './sample-window.ts';
import { createSignalWindow, type SignalWindow, tallyOf } from './signal-window.ts';

export interface TimelineOptions {
  readonly host: string;
  /** The kinds of samples. */
  readonly sampleKinds: readonly SampleKind[];
  /** Length of the history; default: 10 minutes. */
  readonly windowMs?: number;
  /** Samples kept of each probe; default: 720. */
  readonly maxSamples?: number;
  /** Signals kept of each pattern; default: 512. */
  readonly maxSignals?: number;
  /** Signals kept of all patterns together; default: 3,072. */
  readonly maxSignalsInAll?: number;
}

export interface Timeline {
  addSample(sample: Sample): void;
  addSignal(signal: Signal): void;
  /** Shifts everything after a step of the wall clock. */
  move(byMs: number): void;
  setSettings(settings: Settings | null): void;
  /** Whether lines of nginx's error log were read, matched or not. */
  setErrorLogRead(read: boolean): void;
  /** Blind spots of the caller. Computed ones are added to them. */
  setNotObservable(list: readonly NotObservable[]): void;
  setFacts(facts: Readonly<Record<string, unknown>>): void;
  /**
   * Everything known at `asOf` (ms since the epoch). Ignores later input. Returns the previous evidence again when
   * there is no new input and it is at most `mostAgeMs` old (default 0).
   */
  evidence(asOf: number, mostAgeMs?: number): Evidence;
}

export const DEFAULT_WINDOW_MS = 600_000;
const DEFAULT_MAX_SAMPLES = 720;
const DEFAULT_MAX_SIGNALS = 512;
const DEFAULT_MAX_SIGNALS_IN_ALL = 3_072;
/** Heavy samples are kept in a number smaller by this factor. */
const HEAVY_SHARE = 6;
const SLOW: readonly ProbeId[] = ['fds', 'slots'] satisfies readonly SlowProbe[];
/** A sample at this interval shows growth over hours. */
const SLOW_STEP_MS = 300_000;
const SLOW_WINDOW_MS = 12 * 3_600_000;

export function createTimeline(options: TimelineOptions): Timeline {
  const windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
  const maxSamples = options.maxSamples ?? DEFAULT_MAX_SAMPLES;
  const maxSignals = options.maxSignals ?? DEFAULT_MAX_SIGNALS;
  const maxSignalsInAll = options.maxSignalsInAll ?? DEFAULT_MAX_SIGNALS_IN_ALL;
  const isHeavy = new Set(options.sampleKinds.filter(({ heavy }) => heavy).map(({ id }) => id));
  const samples = new Map<ProbeId, SampleWindow<ProbeId>>();
  const slow = new Map<ProbeId, SampleWindow<ProbeId>>();
  const signals = new Map<string, SignalWindow>();
  let settings: Settings | null = null;
  let notObservable: readonly NotObservable[] = [];
  let facts: Readonly<Record<string, unknown>> = {};
  let errorLogRead: boolean | null = null;
  /** Kept, because several callers ask for the same moment. Cleared by any new input. */
  let assembled: Evidence | null = null;

  function windowOf(probe: ProbeId): SampleWindow<ProbeId> {
    let window = samples.get(probe);
    if (window === undefined) {
      window = createSampleWindow(isHeavy.has(probe) ? Math.ceil(maxSamples / HEAVY_SHARE) : maxSamples);
      samples.set(probe, window);
    }
    return window;
  }

  function keepSlow(sample: Sample): void {
    if (!sample.ok || !SLOW.includes(sample.probe)) return;
    const window = slow.get(sample.probe) ?? createSampleWindow(SLOW_WINDOW_MS / SLOW_STEP_MS);
    slow.set(sample.probe, window);
    const newest = window.latest()?.at ?? Number.NEGATIVE_INFINITY;
    if (sample.at >= newest + SLOW_STEP_MS) window.add(sample);
  }

  /** The fullest window gives way, because lines of a hundred patterns take as much memory as a flood of one. */
  function makeRoom(): void {
    const windows = [...signals.values()];
    if (windows.reduce((sum, window) => sum + window.size(), 0) <= maxSignalsInAll) return;
    windows.reduce((fullest, window) => (window.size() > fullest.size() ? window : fullest)).makeRoom();
  }

  function forgetAfter(at: number): void {
    const windows = [...slow.values(), ...samples.values(), ...signals.values()];
    for (const window of windows) window.forgetAfter(at + CLOCK_STEP_MS);
  }

  return {
    addSample(sample) {
      assembled = null;
      if (windowOf(sample.probe).add(sample)) forgetAfter(sample.at);
      keepSlow(sample);
    },
    addSignal(signal) {
      assembled = null;
      let window = signals.get(signal.pattern);
      if (window === undefined) {
        window = createSignalWindow(signal.pattern, maxSignals);
        signals.set(signal.pattern, window);
      }
      window.add(signal);
      makeRoom();
    },
    move(byMs) {
      assembled = null;
      for (const window of [...slow.values(), ...samples.values(), ...signals.values()]) window.move(byMs);
    },
    setSettings(next) {
      assembled = null;
      settings = next;
    },
    setErrorLogRead(read) {
      assembled = null;
      errorLogRead = read;
    },
    setNotObservable(list) {
      assembled = null;
      notObservable = list;
    },
    setFacts(next) {
      assembled = null;
      facts = next;
    },
    evidence(asOf, mostAgeMs = 0) {
      const ageMs = assembled === null ? Number.POSITIVE_INFINITY : asOf - assembled.asOf;
      if (assembled !== null && ageMs >= 0 && ageMs <= mostAgeMs) return assembled;
      const claimed: Evidence = {
        host: options.host,
        asOf,
        windowMs,
        settings,
        ...samplesAt(samples, asOf, windowMs),
        longHistory: samplesAt(slow, asOf, SLOW_WINDOW_MS).history,
        signals: talliesAt(signals, asOf, windowMs),
        notObservable,
        facts,
        ...(errorLogRead === null ? {} : { errorLogRead }),
      };
      const evidence = { ...claimed, ...corroborate(claimed, (pattern, left) => tallyOf(pattern, left, asOf)) };
      assembled = { ...evidence, notObservable: [...notObservable, ...blindSpots(evidence, options.sampleKinds)] };
      return assembled;
    },
  };
}

function samplesAt(
  windows: ReadonlyMap<ProbeId, SampleWindow<ProbeId>>,
  asOf: number,
  windowMs: number,
): Pick<Evidence, 'latest' | 'history'> {
  const latest: Partial<Record<ProbeId, SampleOf<ProbeId>>> = {};
  const history: Partial<Record<ProbeId, readonly SampleOf<ProbeId>[]>> = {};
  for (const [probe, window] of windows) {
    const within = window.within(asOf, windowMs);
    const newest = within.at(-1) ?? window.latest();
    if (newest !== undefined && newest.at <= asOf) latest[probe] = newest;
    history[probe] = within;
  }
  // Each key was filled from the window of its probe, which the type checker cannot follow through a loop.
  return { latest: latest as Evidence['latest'], history: history as Evidence['history'] };
}

function talliesAt(
  windows: ReadonlyMap<string, SignalWindow>,
  asOf: number,
  windowMs: number,
): ReadonlyMap<string, SignalTally> {
  const tallies = new Map<string, SignalTally>();
  for (const [pattern, window] of windows) {
    const tally = window.tally(asOf, windowMs);
    if (tally !== null) tallies.set(pattern, tally);
  }
  return tallies;
}
