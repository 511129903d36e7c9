/**
 * The service: what the agent sees goes to the brain, what the brain concludes goes to the store, the event stream and
 * Slack. A conclusion is stored before it is told, so that a kill at any point neither loses nor repeats it.
 */

import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Incident, IncidentChange, Intent } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import { movedSample, type Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import type { Cause } from '../diagnose/cause.ts';
import { movedIncident } from '../incident/move.ts';
import type { Store } from '../store/store.ts';
import { type Agent, createAgent } from './agent.ts';
import { type Brain, createBrain } from './brain.ts';
import type { Events } from './events.ts';
import { moveStored } from './move-stored.ts';
import { createPaced, type Pace } from './paced.ts';
import { createPresence } from './presence.ts';
import { createRecorder } from './recorder.ts';
import { createSettingsHistory } from './settings-history.ts';
import { createStoreCursors } from './store-cursors.ts';
import { createNews, isAlarming, isSuspicious } from './suspicion.ts';
import { createTimers, type Timers } from './timers.ts';
import { createTryToStore } from './try-to-store.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly host: string;
  readonly store: Store;
  readonly causes: readonly Cause[];
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** What looks at nginx; default: the agent of this host. */
  readonly makeAgent?: typeof createAgent;
  /** What starts work by the clock; default: the system's clock. */
  readonly timers?: Timers;
  /** Called inside the transaction that stores the change: Slack's outbox goes down with it or not at all. */
  onChange(change: IncidentChange): void;
  /** After each conclusion. */
  onDiagnosis?(diagnosis: Diagnosis): void;
}

export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly agent: Agent;
  /** The newest conclusion; null before the first round. */
  diagnosis(): Diagnosis | null;
  evidence(): Evidence;
  openIncidents(): readonly Incident[];
  intent(intent: Intent): { readonly accepted: boolean; readonly answer: string };
}

/** Conclusions from lines that alarm. */
const PACE: Pace = { afterMs: 200, againMs: 1_000 };
/** Raw samples and signals kept for a bundle. */
export const JOURNAL_KEPT_MS = 60 * 60_000;
const JOURNAL_MOST_ROWS = 50_000;
const HOUSEKEEPING_MS = 60_000;
const STEP_LOOK_MS = 1_000;
const DAY_MS = 24 * 60 * 60_000;

export function createService(options: ServiceOptions): Service {
  const { config, host, store, clock, logger, events } = options;
  const brain: Brain = createBrain({
    host,
    causes: options.causes,
    thresholds: config.thresholds,
    incidents: config.incidents,
    open: store.incidents.open().filter((incident) => incident.host === host),
    startedAt: clock.now(),
  });
  const startedMs = clock.monotonicMs();
  const { timers = createTimers(logger) } = options;
  const tryToStore = createTryToStore(store.database, clock, logger);
  const recorder = createRecorder({ store, tryToStore });
  const presence = createPresence({
    facts: { get: store.facts.get, set: (key, value) => void tryToStore(() => store.facts.set(key, value)) },
    runningMs: () => clock.monotonicMs() - startedMs,
  });
  const news = createNews(timers.ticker);
  const settingsHistory = createSettingsHistory(store.facts);
  const notes = new Set(options.causes.filter((cause) => cause.kind === 'note').map((cause) => cause.id));
  let noted: ReadonlySet<string | null> = new Set();
  /** What could not be stored yet, oldest first: it is told when it is. */
  let untold: readonly IncidentChange[] = [];
  let latest: Diagnosis | null = null;
  let endTimers: (() => void) | null = null;

  const tell = (changes: readonly IncidentChange[]): void => {
    const telling = [...untold, ...changes];
    untold = telling;
    if (telling.length === 0) return;
    const isStored = tryToStore(() => {
      for (const change of telling) {
        store.incidents.record(change);
        options.onChange(change);
      }
    });
    if (!isStored) return;
    untold = [];
    for (const change of telling) {
      logger.info(
        { incident: change.incident.id, cause: change.incident.cause, change: change.kind },
        'incident changed',
      );
      events?.incident(change);
    }
  };

  /** A note is told when it comes up, not at every look. */
  const note = (diagnosis: Diagnosis): void => {
    const present = [diagnosis.cause, ...diagnosis.alsoPresent].filter((id) => id !== null && notes.has(id));
    for (const id of present) if (id !== null && !noted.has(id)) events?.note(clock.now(), id, diagnosis);
    noted = new Set(present);
  };

  /** In one turn for all that remembers times, so that nothing measures across a step. */
  const takeStep = (): void => {
    const byMs = clock.takeStep();
    if (byMs === 0) return;
    recorder.flush();
    brain.move(byMs);
    untold = untold.map(({ incident, ...change }) => ({
      ...change,
      at: change.at + byMs,
      incident: movedIncident(incident, byMs),
    }));
    tryToStore(() => moveStored(store, byMs));
    logger.warn({ byMs }, 'the wall clock was stepped; what is remembered was moved with it');
  };

  const conclude = (): void => {
    takeStep();
    recorder.flush();
    const now = clock.now();
    latest = presence.waiting(brain.evidence(now));
    if (latest === null) {
      const { diagnosis, changes } = brain.tick(now);
      latest = diagnosis;
      tell(changes);
    }
    news.concluded(latest);
    note(latest);
    options.onDiagnosis?.(latest);
  };
  const concluding = createPaced(conclude, PACE, timers.ticker);

  /** nginx never writes ahead of its time: what seems to lie ahead is from a clock that is set otherwise. */
  const placedSignal = (signal: Signal): Signal => {
    const at = Math.min(clock.placed(signal.at), clock.now());
    return at === signal.at ? signal : { ...signal, at };
  };
  const placedSample = (sample: Sample): Sample => movedSample(sample, clock.placed(sample.at) - sample.at);

  const { makeAgent = createAgent } = options;
  const agent = makeAgent({
    nginx: config.nginx,
    probes: config.probes,
    follow: config.follow,
    patternFolders: config.patterns.folders,
    cursors: createStoreCursors({ cursors: store.cursors, clock, logger }),
    clock,
    logger,
    suspicious: () => isSuspicious(brain.evidence(clock.now()), news.diagnosis()),
    sink: {
      settings(settings, notObservable) {
        brain.setSettings(settings);
        brain.setNotObservable(notObservable);
        tryToStore(() => settingsHistory.record(settings, notObservable, clock.now()));
      },
      signals(signals) {
        const placed = signals.map(placedSignal);
        for (const signal of placed) {
          brain.addSignal(signal);
          events?.signal(signal);
        }
        recorder.signals(placed);
        if (!placed.some((signal) => isAlarming(signal.pattern))) return;
        concluding.ask();
        agent.hurry();
      },
      samples(samples) {
        for (const sample of recorder.samples(samples.map(placedSample))) {
          brain.addSample(sample);
          events?.sample(sample);
        }
        concluding.run();
      },
    },
  });

  const clean = (): void => {
    const now = clock.now();
    const oldest = now - config.store.retentionDays * DAY_MS;
    // Apart from the rest: what is forgotten makes room where there is none.
    tryToStore(() => {
      store.journal.prune(now - JOURNAL_KEPT_MS, JOURNAL_MOST_ROWS);
      store.incidents.prune(oldest);
      store.latencies.prune(oldest);
      store.actions.prune(oldest);
      store.outbox.prune(oldest);
    });
    tryToStore(() => store.series.rollUp(now, config.store.retentionDays));
  };

  return {
    agent,
    async start() {
      events?.started(clock.now(), { pid: process.pid });
      await agent.start();
      const ends = [
        timers.every(HOUSEKEEPING_MS, 'housekeeping of the store', clean),
        timers.every(STEP_LOOK_MS, 'looking at the wall clock', takeStep),
      ];
      endTimers = () => ends.forEach((end) => void end());
    },
    async stop() {
      endTimers?.();
      await agent.stop();
      concluding.finish();
      recorder.flush();
      clean();
      await events?.stopped(clock.now(), {});
    },
    diagnosis: () => latest,
    evidence: () => brain.evidence(clock.now()),
    openIncidents: () => brain.openIncidents(),
    intent(intent) {
      const { accepted, answer, changes } = brain.intent(intent);
      tell(changes);
      return { accepted, answer };
    },
  };
}
