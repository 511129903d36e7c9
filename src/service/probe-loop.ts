/**
 * Runs the probes: all in parallel, each with its own deadline, every interval, faster while anything is suspicious.
 * A round starts only when the one before it has ended, so a slow host is never asked twice at once.
 */
import type { Logger } from '../core/logger.ts';
import type { ProbeId, Sample } from '../core/sample.ts';
import type { ProbesConfig } from '../probe/config.ts';
import type { Probe, ProbeTarget } from '../probe/probe.ts';
import { createTimers } from './timers.ts';

type AnyProbe = { [P in ProbeId]: Probe<P> }[ProbeId];

export interface ProbeLoopDeps {
  readonly probes: readonly AnyProbe[];
  readonly config: ProbesConfig;
  readonly logger: Logger;
  /** The nginx to look at now; asked at every round. */
  target(): ProbeTarget;
  /** True while the short interval and the expensive probes are worth their cost. */
  suspicious(): boolean;
  /** All samples of one round, successful or not. */
  onRound(samples: readonly Sample[]): void;
}

export interface ProbeLoop {
  start(): void;
  /** Brings the next round forward: something was just said in a log. */
  hurry(): void;
  /** One round now, the expensive probes included; for questions that must not wait for the next one. */
  runOnce(): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

/**
 * Probes that read /proc and the socket tables, which never hang, may take this many times as long: on a starved host,
 * which is when they are needed, they are late and right.
 */
const PATIENCE = 3;
const NEVER_HANG: ReadonlySet<ProbeId> = new Set(['workers', 'fds', 'slots', 'sockets', 'listeners', 'kernel']);
/** Least time between two rounds, however much there is to hurry for. */
const LEAST_INTERVAL_MS = 500;
/** Probes whose cost grows with the number of connections: only while suspicious, or on demand. */
const EXPENSIVE: ReadonlySet<ProbeId> = new Set(['sockets']);

const ROUND = 'a round of probes';

export function createProbeLoop(deps: ProbeLoopDeps): ProbeLoop {
  const timers = createTimers(deps.logger);
  let cancel: (() => void) | null = null;
  let running: Promise<readonly Sample[]> | null = null;
  let stopped = false;
  /** Of the probes that run: what hangs must not hold the process for as long as a probe may take. */
  const limits = new Set<AbortController>();
  let startedAtMs = 0;
  let dueAtMs = 0;

  /** Not AbortSignal.any: in Node 20 a timeout that nothing else refers to is collected, and never comes. */
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
    const chosen = deps.probes.filter((probe) => all || !EXPENSIVE.has(probe.id));
    const samples = await Promise.all(
      chosen.map((probe) => {
        const timeoutMs = deps.config.timeoutMs * (NEVER_HANG.has(probe.id) ? PATIENCE : 1);
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

  /** Whatever fails in a round, the next one comes. */
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
    hurry() {
      // While it is short already, lines that go on are no news.
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
