/**
 * Diagnoses recorded evidence as the live service would have: same code, recorded time. Reads nothing but the bundle.
 * Skips periods without observations.
 */

import type { Diagnosis } from '../core/diagnosis.ts';
import type { Cause } from '../diagnose/cause.ts';
import { relations } from '../diagnose/rank.ts';
import type { Thresholds } from '../findings/config.ts';
import type { IncidentConfig } from '../incident/config.ts';
import { type Brain, createBrain } from '../service/brain.ts';
import { PATIENCE_MS } from '../timeline/corroborate/figures.ts';
import { DEFAULT_WINDOW_MS } from '../timeline/timeline.ts';
import { createBetterDiagnosis } from './better-diagnosis.ts';
import { openBundleFiles } from './bundle/files.ts';
import { type Collected, collect } from './collect.ts';
import type { Observation } from './observation.ts';
import { createStories, type ReplayedIncident } from './stories.ts';
import type { OnProgress } from './whole-lines.ts';

export interface ReplayOptions {
  readonly causes: readonly Cause[];
  readonly thresholds: Thresholds;
  readonly incidents: IncidentConfig;
  readonly patternFolders: readonly string[];
  readonly host: string;
  readonly onProgress?: OnProgress;
}

export interface Replayed {
  /** The most informative diagnosis of the recording: the worst named one, the latest of those. */
  readonly diagnosis: Diagnosis;
  readonly incidents: readonly ReplayedIncident[];
  /** Lines of the bundle that could not be used, with reasons. */
  readonly problems: readonly string[];
}

/** The interval of the live service. */
const TICK_MS = 5000;
/** A long recording is concluded less and less often, and one without an end is not read to its end. */
const CONCLUSIONS_PER_SPACING = 10_000;
const SPACINGS_MS = [TICK_MS, 60_000, 600_000];
/** After the last observation of a period the evidence expires within this time. After that nothing can change. */
const FADE_MS = DEFAULT_WINDOW_MS + 60_000;
/** The live service would conclude for this time after the last lines of a log. */
const AFTERWARDS_MS = 30_000;
/** While the host is healthy with only ordinary requests, this interval is sufficient. */
const CALM_TICK_MS = 60_000;
const LONG_MS = 1000;
/** Recordings up to this number of observations are also diagnosed as a whole. */
const MAX_KEPT = 20_000;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** Text size of a sample from an access log. */
const SAMPLE_BYTES = 2048;

function feed(brain: Brain, observation: Observation): void {
  if (observation.kind === 'signal') brain.addSignal(observation.signal);
  else brain.addSample(observation.sample);
}

/** Served requests: without a server error and not slow. */
function isOrdinary(observation: Observation): boolean {
  if (observation.kind === 'signal' || observation.sample.probe !== 'access' || !observation.sample.ok) return false;
  const { status, requestMs, upstreams } = observation.sample.data;
  const slowest = Math.max(0, requestMs?.p99 ?? 0, ...upstreams.map(({ responseMs }) => responseMs?.p99 ?? 0));
  return slowest < LONG_MS && !Object.keys(status).some((code) => code.startsWith('5'));
}

function textBytes(observation: Observation): number {
  if (observation.kind === 'sample') return observation.bytes ?? SAMPLE_BYTES;
  return observation.signal.line.length + (observation.signal.lastLine?.length ?? 0);
}

/** One pass over a recording: concludes at every tick near an observation and records what would have been posted. */
class Run {
  readonly stories = createStories();
  best: Diagnosis | null = null;
  /** All observations of a short recording; null when there were too many. */
  kept: Observation[] | null = [];
  private onlyLogs = true;
  private firstAt: number | null = null;
  private nextTick = 0;
  private end = 0;
  private concludedAt = Number.NEGATIVE_INFINITY;
  private conclusions = 0;
  private keptBytes = 0;
  private calm = false;
  private readonly brain: Brain;
  private readonly collected: Collected;
  private readonly betterOf: (best: Diagnosis | null, next: Diagnosis) => Diagnosis;

  constructor(collected: Collected, options: ReplayOptions) {
    this.collected = collected;
    this.brain = brainFor(collected, options, DEFAULT_WINDOW_MS);
    this.betterOf = createBetterDiagnosis(relations(options.causes));
  }

  take(observation: Observation): void {
    const { at } = observation;
    if (this.firstAt === null) {
      this.firstAt = at;
      this.nextTick = at;
      this.end = at;
    }
    for (; this.nextTick < at; this.nextTick += TICK_MS) {
      if (this.nextTick - this.concludedAt >= this.spacingMs()) this.conclude(this.nextTick);
      if (this.nextTick - this.end > FADE_MS && at - this.nextTick > TICK_MS) this.nextTick = at - TICK_MS;
    }
    feed(this.brain, observation);
    this.calm &&= isOrdinary(observation);
    this.end = Math.max(this.end, at);
    this.onlyLogs &&= observation.kind === 'signal';
    this.keep(observation);
  }

  /** The time at which the pass stopped early; null when it reached the end. */
  endedAt(): number | null {
    return this.conclusions < CONCLUSIONS_PER_SPACING * SPACINGS_MS.length ? null : this.end;
  }

  /** Ends the pass. A recording of logs alone continues for a while, as the live service would. */
  finish(): void {
    if (this.firstAt === null) return;
    this.conclude(this.end);
    // No further sample will come for which lines could wait.
    if (this.brain.evidence(this.end).waitingLines !== undefined) this.conclude(this.end + PATIENCE_MS);
    if (!this.onlyLogs) return;
    for (let after = TICK_MS; after <= AFTERWARDS_MS; after += TICK_MS) this.conclude(this.end + after);
  }

  private spacingMs(): number {
    const spacing = SPACINGS_MS[Math.floor(this.conclusions / CONCLUSIONS_PER_SPACING)] ?? Infinity;
    return this.calm ? Math.max(spacing, CALM_TICK_MS) : spacing;
  }

  private keep(observation: Observation): void {
    if (this.kept === null) return;
    this.keptBytes += textBytes(observation);
    if (this.kept.push(observation) > MAX_KEPT || this.keptBytes > MAX_KEPT_BYTES) this.kept = null;
  }

  private conclude(at: number): void {
    this.brain.setErrorLogRead(this.collected.errorLogSeen());
    const { diagnosis, changes } = this.brain.tick(at);
    this.best = this.betterOf(this.best, diagnosis);
    this.concludedAt = at;
    this.conclusions++;
    this.calm = diagnosis.verdict === 'healthy' && this.brain.openIncidents().length === 0;
    this.stories.add(changes);
  }
}

function brainFor(collected: Collected, options: ReplayOptions, windowMs: number): Brain {
  const { causes, thresholds, incidents, host } = options;
  const brain = createBrain({ host, causes, sampleKinds: collected.sampleKinds, thresholds, incidents, windowMs });
  brain.setNotObservable(collected.notObservable);
  brain.setSettings(collected.settings);
  brain.setFacts(collected.facts);
  return brain;
}

/**
 * Concludes once over everything, for recordings that have no useful times: excerpts, loose facts, logs without times.
 */
function allAtOnce(collected: Collected, kept: readonly Observation[], options: ReplayOptions): Diagnosis {
  const from = kept[0]?.at ?? collected.endMs;
  const to = kept.reduce((latest, { at }) => Math.max(latest, at), from);
  const brain = brainFor(collected, options, Math.max(DEFAULT_WINDOW_MS, to - from + TICK_MS));
  brain.setErrorLogRead(collected.errorLogSeen());
  for (const observation of kept) feed(brain, observation);
  return brain.tick(brain.evidence(to).waitingLines === undefined ? to : to + PATIENCE_MS).diagnosis;
}

function leftOut(run: Run): string[] {
  const [endedAt, dropped] = [run.endedAt(), run.stories.dropped()];
  return [
    ...(endedAt === null ? [] : [`everything after ${new Date(endedAt).toISOString()}: the recording is too long`]),
    ...(dropped === 0 ? [] : [`the changes of ${dropped} more incidents`]),
  ];
}

/** Replays what was collected. */
export async function replayCollected(collected: Collected, options: ReplayOptions): Promise<Replayed> {
  const run = new Run(collected, options);
  for await (const observation of collected.observations) {
    run.take(observation);
    if (run.endedAt() !== null) break;
  }
  run.finish();
  const { kept } = run;
  let { best } = run;
  if (best === null || (best.verdict !== 'named' && kept !== null)) {
    best = createBetterDiagnosis(relations(options.causes))(best, allAtOnce(collected, kept ?? [], options));
  }
  return { diagnosis: best, incidents: run.stories.all(), problems: [...collected.problems, ...leftOut(run)] };
}

/** Replays the bundle at `path`. Throws GapwatchError USAGE when there is none. */
export async function replay(path: string, options: ReplayOptions): Promise<Replayed> {
  const leftOut: string[] = [];
  const files = await openBundleFiles(path, (sentence) => leftOut.push(sentence));
  const collected = await collect(files, options.patternFolders, options.onProgress ?? (() => {}), leftOut);
  return replayCollected(collected, options);
}
