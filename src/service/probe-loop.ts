/**
 * Polls nginx: runs all probes in parallel, each with a deadline, at every interval. Polls faster while the evidence is
 * suspicious. Never runs two polls at once.
 */
import type { Logger } from '../core/logger.ts';
import type { ProbeId, Sample } from '../core/sample.ts';
import type { ProbesConfig } from '../probe/config.ts';
import type { Probe, ProbeTarget } from '../probe/probe.ts';
import { createTimers } from './timers.ts';

export interface ProbeLoopDeps {
  readonly probes: readonly Probe<ProbeId>[];
  readonly config: ProbesConfig;
  readonly logger: Logger;
  /** The nginx to poll, asked at each poll. */
  target(): ProbeTarget;
  /** True while the short interval and the expensive probes are justified. */
  suspicious(): boolean;
  /** All samples of one poll, failed ones included. */
  onRound(samples: readonly Sample[]): void;
}

export interface ProbeLoop {
  start(): void;
  /** Starts the next poll earlier because a log line alarmed. */
  pollSoon(): void;
  /** Runs one poll now, expensive probes included. */
  runOnce(): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

/** Least time between two polls. */
const LEAST_INTERVAL_MS = 500;

const ROUND = 'a poll';

export function createProbeLoop(deps: ProbeLoopDeps): ProbeLoop {
  const timers = createTimers(deps.logger);
  let cancel: (() => void) | null = null;
  let running: Promise<readonly Sample[]> | null = null;
  let stopped = false;
  /** Of the running probes, so that a stop can abort them. */
  const limits = new Set<AbortController>();
  let startedAtMs = 0;
  let dueAtMs = 0;

  /** Not AbortSignal.any: in Node 20 an otherwise unreferenced timeout is garbage collected and never fires. */
  const limited = async (timeoutMs: number, work: (signal: AbortSignal) => Promise<Sample>): Promise<Sample> => {
    const limit = new AbortController();
    const late = (): void => limit.abort(new DOMException('the probe took too long', 'TimeoutError'));
    const inTime = timers.later(timeoutMs, 'the deadline of a probe', late);
    limits.add(limit);
    try {
      return await work(limit.signal);
    } finally {
      inTime();
      limits.delete(limit);
    }
  };

  const round = async (all: boolean): Promise<readonly Sample[]> => {
    const target = deps.target();
    const chosen = deps.probes.filter(({ sample }) => all || sample.cost === 'low');
    const samples = await Promise.all(
      chosen.map((probe) => {
        const timeoutMs = deps.config.timeoutMs * probe.sample.patience;
        return limited(timeoutMs, (signal) => probe.run(target, signal) as Promise<Sample>);
      }),
    );
    if (!stopped) deps.onRound(samples);
    return samples;
  };

  const schedule = (intervalMs: number): void => {
    if (stopped) return;
    cancel?.();
    dueAtMs = startedAtMs + intervalMs;
    cancel = timers.later(Math.max(0, dueAtMs - performance.now()), ROUND, tick);
  };

  const once = (all: boolean): Promise<readonly Sample[]> => {
    running ??= round(all).finally(() => {
      running = null;
    });
    return running;
  };

  /** A failed poll does not stop the next one. */
  async function tick(): Promise<void> {
    cancel = null;
    startedAtMs = performance.now();
    let intervalMs = deps.config.intervalMs;
    try {
      await once(deps.suspicious());
      if (deps.suspicious()) intervalMs = deps.config.suspiciousIntervalMs;
    } finally {
      schedule(intervalMs);
    }
  }

  return {
    start: () => timers.now(ROUND, tick),
    pollSoon() {
      // At the short interval further lines do not bring the poll forward.
      if (cancel !== null && dueAtMs > startedAtMs + deps.config.suspiciousIntervalMs) schedule(LEAST_INTERVAL_MS);
    },
    runOnce: async () => {
      await running;
      return once(true);
    },
    async stop() {
      stopped = true;
      cancel?.();
      for (const limit of limits) limit.abort();
      await Promise.allSettled([running]);
      for (const probe of deps.probes) probe.close?.();
    },
  };
}
