/**
 * Watches this host for a few seconds and returns the diagnosis, for commands that answer once. Runs the probes,
 * follows the logs and reads their last minutes. Stores nothing.
 */

import type { Config } from '../config/schema.ts';
import type { SteadyClock } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Logger } from '../core/logger.ts';
import { pathPrefixes } from '../nginx/path-prefixes.ts';
import { type Agent, createAgent } from './agent.ts';
import { type Brain, createBrain } from './brain.ts';
import type { Parts } from './load-parts.ts';
import { recentLines } from './recent-lines.ts';
import { type Sight, sightOf } from './reports/doctor.ts';
import { loadSignalMakers } from './signal-makers.ts';
import { isSuspicious } from './suspicion.ts';

export interface WatchOptions extends Omit<Parts, 'checks'> {
  readonly config: Config;
  readonly host: string;
  readonly clock: SteadyClock;
  readonly logger: Logger;
  /** How long to watch. */
  readonly forMs: number;
  /** Ends the watch early. */
  readonly stopped: AbortSignal;
}

export interface WatchResult {
  readonly evidence: Evidence;
  /** The worst diagnosis that still held at the end. */
  readonly diagnosis: Diagnosis;
  readonly sight: Sight;
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const early = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (stopped.aborted) early();
    stopped.addEventListener('abort', early, { once: true });
  });
}

function readBack(agent: Agent, brain: Brain, options: WatchOptions): void {
  const prefixes = pathPrefixes(agent.discovery()?.tree ?? null);
  const makers = loadSignalMakers(options.config.patterns.folders, options.clock, {
    pathPrefixes: () => prefixes,
    // The agent has logged it.
    onInvalid() {},
  });
  for (const path of agent.discovery()?.errorLogs ?? []) {
    const batch = recentLines(path);
    if (batch === null) continue;
    // Without a time it is unknown whether a line is from today.
    for (const signal of makers.forSource(path)(batch)) if (signal.timed) brain.addSignal(signal);
  }
}

export async function watchOnce(options: WatchOptions): Promise<WatchResult> {
  const { config, host, causes, sampleKinds, clock, logger } = options;
  const { thresholds, incidents, probes } = config;
  const brain = createBrain({ host, causes, sampleKinds, thresholds, incidents });
  const agent = createAgent({
    nginx: config.nginx,
    probeMakers: options.probeMakers,
    probes: { ...probes, intervalMs: probes.suspiciousIntervalMs },
    follow: config.follow,
    patternFolders: config.patterns.folders,
    cursors: null,
    clock,
    logger,
    suspicious: () => isSuspicious(brain.evidence(clock.now()), null),
    sink: {
      settings(settings, notObservable) {
        brain.setSettings(settings);
        brain.setNotObservable(notObservable);
      },
      signals: (signals) => signals.forEach(brain.addSignal),
      samples: (samples) => samples.forEach(brain.addSample),
    },
  });
  await agent.start();
  try {
    readBack(agent, brain, options);
    await pause(options.forMs, options.stopped);
    // The last poll includes the expensive probes.
    await agent.pollNow();
    const at = clock.now();
    return { evidence: brain.evidence(at), diagnosis: brain.tick(at).diagnosis, sight: sightOf(agent) };
  } finally {
    await agent.stop();
  }
}
