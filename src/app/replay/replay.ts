/**
 * Diagnoses recorded evidence exactly as the live service would have: same brain, recorded time. Looks at nothing but
 * the bundle. Stretches in which nothing happens are stepped over.
 */

import { openBundleFiles } from '../../bundle/files.ts';
import type { Diagnosis } from '../../core/diagnosis.ts';
import type { Incident, IncidentChange } from '../../core/incident.ts';
import type { Cause } from '../../diagnose/cause.ts';
import type { Thresholds } from '../../diagnose/config.ts';
import type { IncidentConfig } from '../../incident/config.ts';
import { DEFAULT_WINDOW_MS } from '../../timeline/timeline.ts';
import { type Brain, createBrain } from '../brain.ts';
import { type Collected, collect, type Observation } from './collect.ts';
import type { OnProgress } from './read-logs.ts';

export interface ReplayOptions {
  readonly causes: readonly Cause[];
  readonly thresholds: Thresholds;
  readonly incidents: IncidentConfig;
  readonly patternFolders: readonly string[];
  readonly host: string;
  readonly onProgress?: OnProgress;
}

export interface ReplayedIncident {
  readonly incident: Incident;
  /** Oldest first; the first opened it. What the live service would have posted, and when. */
  readonly changes: readonly IncidentChange[];
}

export interface Replayed {
  /** The most telling diagnosis of the recording: the gravest that was named, the latest of those. */
  readonly diagnosis: Diagnosis;
  readonly incidents: readonly ReplayedIncident[];
  /** Lines of the bundle that could not be used, and why. */
  readonly problems: readonly string[];
}

/** As often as the live service concludes. */
const TICK_MS = 5000;
/** After the last observation of a stretch the evidence fades for this long; then nothing can change any more. */
const FADE_MS = DEFAULT_WINDOW_MS + 60_000;

/** The last lines of a log happened now for a while longer: so long the live service would still conclude from them. */
const AFTERWARDS_MS = 30_000;

const SEVERITIES = ['info', 'warning', 'critical'];
const CONFIDENCES = ['possible', 'likely', 'certain'];

/** A loss that cannot be explained says more than health; not having seen enough says less. */
function verdictWeight({ verdict, severity }: Diagnosis): number {
  if (verdict === 'named') return 3;
  if (verdict === 'healthy') return 1;
  return severity === 'info' ? 0 : 2;
}

/** How telling a diagnosis is: its verdict, then gravity, loss, certainty. */
function weight(diagnosis: Diagnosis): number {
  const { severity, losing, confidence } = diagnosis;
  const parts = [
    verdictWeight(diagnosis),
    SEVERITIES.indexOf(severity),
    Number(losing.now),
    CONFIDENCES.indexOf(confidence),
  ];
  return parts.reduce((sum, part) => sum * 4 + part, 0);
}

function moreTelling(best: Diagnosis | null, next: Diagnosis): Diagnosis {
  return best === null || weight(next) >= weight(best) ? next : best;
}

function feed(brain: Brain, observation: Observation): void {
  if (observation.kind === 'signal') brain.addSignal(observation.signal);
  else brain.addSample(observation.sample);
}

function brainFor(collected: Collected, options: ReplayOptions, windowMs: number): Brain {
  const { causes, thresholds, incidents, host } = options;
  const brain = createBrain({ host, causes, thresholds, incidents, windowMs });
  brain.setSettings(collected.settings);
  brain.setFacts(collected.facts);
  return brain;
}

/** Moments to conclude at: every tick near an observation, and the end of the recording. */
function* moments(observations: readonly Observation[]): Generator<number> {
  const [first, last] = [observations[0]?.at, observations.at(-1)?.at];
  if (first === undefined || last === undefined) return;
  let next = 0;
  for (let at = first; at < last; at += TICK_MS) {
    yield at;
    while ((observations[next]?.at ?? Number.POSITIVE_INFINITY) <= at) next++;
    const upcoming = observations[next]?.at ?? last;
    const seen = observations[next - 1]?.at ?? first;
    if (at - seen > FADE_MS && upcoming - at > TICK_MS) at = upcoming - TICK_MS;
  }
  yield last;
}

/** Everything at once, for recordings whose ticks decide nothing: excerpts, loose facts, logs without times. */
function allAtOnce(collected: Collected, options: ReplayOptions): Diagnosis {
  const { observations } = collected;
  const [from, to] = [observations[0]?.at ?? 0, observations.at(-1)?.at ?? 0];
  const brain = brainFor(collected, options, Math.max(DEFAULT_WINDOW_MS, to - from + TICK_MS));
  for (const observation of observations) feed(brain, observation);
  return brain.tick(to).diagnosis;
}

/** Goes on for a while after the last line of a recording that is all logs: the live service would have. */
function wait(
  brain: Brain,
  { observations }: Collected,
  soFar: Diagnosis | null,
  note: (changes: readonly IncidentChange[]) => void,
): Diagnosis | null {
  const end = observations.at(-1)?.at;
  let best = soFar;
  for (let after = TICK_MS; end !== undefined && after <= AFTERWARDS_MS; after += TICK_MS) {
    const { diagnosis, changes } = brain.tick(end + after);
    best = moreTelling(best, diagnosis);
    note(changes);
  }
  return best;
}

/** Replays what was collected. */
export function replayCollected(collected: Collected, options: ReplayOptions): Replayed {
  const brain = brainFor(collected, options, DEFAULT_WINDOW_MS);
  const incidents = new Map<string, IncidentChange[]>();
  const note = (changes: readonly IncidentChange[]): void => {
    for (const change of changes) {
      const story = incidents.get(change.incident.id) ?? [];
      story.push(change);
      incidents.set(change.incident.id, story);
    }
  };
  let best: Diagnosis | null = null;
  let next = 0;
  for (const at of moments(collected.observations)) {
    for (; next < collected.observations.length; next++) {
      const observation = collected.observations[next];
      if (observation === undefined || observation.at > at) break;
      feed(brain, observation);
    }
    const { diagnosis, changes } = brain.tick(at);
    best = moreTelling(best, diagnosis);
    note(changes);
  }
  if (!collected.observations.some(({ kind }) => kind === 'sample')) best = wait(brain, collected, best, note);
  if (best?.verdict !== 'named') best = moreTelling(best, allAtOnce(collected, options));
  const told = [...incidents.values()].flatMap((changes) => {
    const incident = changes.at(-1)?.incident;
    return incident === undefined ? [] : { incident, changes };
  });
  return { diagnosis: best, incidents: told, problems: collected.problems };
}

/** Replays the bundle at `path`. Throws GapwatchError USAGE when there is none. */
export async function replay(path: string, options: ReplayOptions): Promise<Replayed> {
  const files = await openBundleFiles(path);
  const collected = await collect(files, options.patternFolders, options.onProgress ?? (() => {}));
  return replayCollected(collected, options);
}
