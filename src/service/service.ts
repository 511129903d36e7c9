/**
 * Builds the service of one host from the agent, the main loop and the store. Stores a conclusion before it is
 * announced, so that a kill at any point neither loses nor repeats it.
 */
import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Incident, IncidentChange, Intent } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import type { Store } from '../store/store.ts';
import { type Agent, createAgent } from './agent.ts';
import { type Brain, createBrain } from './brain.ts';
import { createChangeLog } from './change-log.ts';
import { createClockSteps } from './clock-steps.ts';
import type { Events } from './events.ts';
import { cleanStore } from './housekeeping.ts';
import type { Parts } from './load-parts.ts';
import { createMainLoop } from './main.ts';
import { createNoteEvents } from './note-events.ts';
import { createPresence, type Presence } from './presence.ts';
import { createRecorder } from './recorder.ts';
import { createSettingsHistory } from './settings-history.ts';
import { createStoreCursors } from './store-cursors.ts';
import { createNews, isSuspicious } from './suspicion.ts';
import { createTimers, type Timers } from './timers.ts';
import { createTryToStore, type TryToStore } from './try-to-store.ts';

export interface ServiceOptions extends Omit<Parts, 'checks'> {
  readonly config: Config;
  readonly host: string;
  readonly store: Store;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  readonly events: Events | null;
  /** Creates the observer of nginx; default: the agent of this host. */
  readonly makeAgent?: typeof createAgent;
  /** Starts timed work; default: the system clock. */
  readonly timers?: Timers;
  /**
   * Called inside the transaction that stores the change, so that the change and the outbox entry are stored together
   * or not at all.
   */
  onChange(change: IncidentChange): void;
  /** After each conclusion. */
  onDiagnosis?(diagnosis: Diagnosis): void;
}

export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly agent: Agent;
  /** The newest diagnosis; null before the first poll. */
  diagnosis(): Diagnosis | null;
  evidence(): Evidence;
  openIncidents(): readonly Incident[];
  intent(intent: Intent): { readonly accepted: boolean; readonly answer: string };
}

const HOUSEKEEPING_EVERY_MS = 60_000;
const CLOCK_STEP_EVERY_MS = 1_000;
/** Evidence of this age shows as well whether the next poll is due sooner. */
const RECENT_MS = 2_000;

function openBrain({ config, host, store, causes, sampleKinds, clock }: ServiceOptions): Brain {
  return createBrain({
    host,
    causes,
    sampleKinds,
    thresholds: config.thresholds,
    incidents: config.incidents,
    open: store.incidents.open().filter((incident) => incident.host === host),
    startedAt: clock.now(),
  });
}

function openPresence({ store, clock }: ServiceOptions, tryToStore: TryToStore): Presence {
  const startedMs = clock.monotonicMs();
  return createPresence({
    facts: { get: store.facts.get, set: (key, value) => void tryToStore(() => store.facts.set(key, value)) },
    runningMs: () => clock.monotonicMs() - startedMs,
  });
}

export function createService(options: ServiceOptions): Service {
  const { config, store, causes, clock, logger, events, onChange, timers = createTimers(logger) } = options;
  const brain = openBrain(options);
  const tryToStore = createTryToStore(store.database, clock, logger);
  const recorder = createRecorder({ store, tryToStore });
  const changeLog = createChangeLog({ store, tryToStore, events, logger, onChange });
  const clockSteps = createClockSteps({ clock, brain, recorder, changeLog, store, tryToStore, logger });
  const news = createNews(timers.ticker);
  const settingsHistory = createSettingsHistory(store.facts);
  const loop = createMainLoop({
    ...{ brain, clock, clockSteps, recorder, changeLog, news, events, timers },
    presence: openPresence(options, tryToStore),
    notes: createNoteEvents(causes, events, clock),
    pollSoon: () => agent.pollSoon(),
    ...(options.onDiagnosis === undefined ? {} : { onDiagnosis: options.onDiagnosis }),
  });
  const { makeAgent = createAgent } = options;
  const agent = makeAgent({
    nginx: config.nginx,
    probeMakers: options.probeMakers,
    probes: config.probes,
    follow: config.follow,
    patternFolders: config.patterns.folders,
    cursors: createStoreCursors({ cursors: store.cursors, clock, logger }),
    clock,
    logger,
    suspicious: () => isSuspicious(brain.evidence(clock.now(), RECENT_MS), news.diagnosis()),
    sink: {
      ...loop,
      settings(settings, notObservable) {
        brain.setSettings(settings);
        brain.setNotObservable(notObservable);
        tryToStore(() => settingsHistory.record(settings, notObservable, clock.now()));
      },
    },
  });
  const clean = (): void => cleanStore(store, tryToStore, clock, config.store.retentionDays);
  let ends: readonly (() => void)[] = [];

  return {
    agent,
    async start() {
      events?.started(clock.now(), { pid: process.pid });
      await agent.start();
      ends = [
        timers.every(HOUSEKEEPING_EVERY_MS, 'housekeeping of the store', clean),
        timers.every(CLOCK_STEP_EVERY_MS, 'checking for a step of the wall clock', clockSteps.take),
      ];
    },
    async stop() {
      for (const end of ends) end();
      await agent.stop();
      loop.finish();
      recorder.flush();
      clean();
      await events?.stopped(clock.now(), {});
    },
    diagnosis: loop.diagnosis,
    evidence: () => brain.evidence(clock.now()),
    openIncidents: () => brain.openIncidents(),
    intent(intent) {
      const { accepted, answer, changes } = brain.intent(intent);
      changeLog.record(changes);
      return { accepted, answer };
    },
  };
}
