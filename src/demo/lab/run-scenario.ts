/** Runs one scenario from a healthy nginx through the fault to a cleaned-up machine. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { GapwatchError } from '../../core/errors.ts';
import type { Outcome } from './http-request.ts';
import { Lab } from './lab.ts';
import { missingNeeds } from './needs.ts';
import type { NginxBinary } from './nginx-binary.ts';
import { NginxProcess } from './nginx-process.ts';
import type { Scenario } from './scenario.ts';

export interface RunOptions {
  readonly binary: NginxBinary;
  /** Ends the run early, with cleanup. */
  readonly signal: AbortSignal;
  /** Time before the fault with only the ordinary client. Default 5. */
  readonly baselineSeconds?: number;
  /** Default: the scenario's, else 30. Infinity: until `signal` aborts. */
  readonly faultSeconds?: number;
  /** Time after the fault with only the ordinary client. Default 0. */
  readonly recoverySeconds?: number;
  /** True when this process already runs in the scenario's namespace (`inNamespace`). Default false. */
  readonly insideNamespace?: boolean;
  /** nginx answers and can be watched. The run continues when the promise settles. */
  readonly onReady?: (lab: Lab) => void | Promise<void>;
  /** The fault begins now. */
  readonly onFault?: (lab: Lab, at: number) => void;
  /** The load is about to end; everything is still observable. */
  readonly onFaultOver?: (lab: Lab, faultAt: number) => void | Promise<void>;
  /** The last moment before nginx and its files are removed. */
  readonly onClosing?: (lab: Lab, result: RunResult) => void | Promise<void>;
}

export interface RunResult {
  /** ms since the epoch. */
  readonly faultAt: number;
  readonly faultOverAt: number;
  /** When the first ordinary client failed; null when none did. */
  readonly firstLossAt: number | null;
  /** Outcomes of the ordinary client's requests since the fault. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/**
 * @throws GapwatchError USAGE when the machine lacks what the scenario needs, INTERNAL when nginx does not start, and
 * any error of the scenario. Always cleans up.
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  refuseWhatCannotRun(scenario, options);
  const lab = new Lab(await NginxProcess.create(options.binary));
  const canaryStop = new AbortController();
  setMaxListeners(0, canaryStop.signal);
  const stopEarly = () => lab.stopLoad();
  options.signal.addEventListener('abort', stopEarly, { once: true });
  try {
    const plan = await scenario.prepare(lab);
    lab.nginx.writeConfig(plan.config);
    await lab.nginx.start(plan.wrap, plan.uid ?? null);
    await plan.history?.();
    await options.onReady?.(lab);
    lab.canary.start(plan.canary ?? {}, lab.nginx.port, canaryStop.signal);
    await pause(options.baselineSeconds ?? 5, options.signal);
    const faultAt = Date.now();
    options.onFault?.(lab, faultAt);
    if (!options.signal.aborted) await plan.fault();
    await pause(options.faultSeconds ?? scenario.faultSeconds ?? 30, options.signal);
    const faultOverAt = Date.now();
    await options.onFaultOver?.(lab, faultAt);
    lab.stopLoad();
    await plan.recover?.();
    await pause(options.recoverySeconds ?? 0, options.signal);
    const firstLossAt = lab.canary.firstLossAt(faultAt);
    const result = { faultAt, faultOverAt, firstLossAt, outcomes: lab.canary.tally(faultAt) };
    canaryStop.abort();
    await options.onClosing?.(lab, result);
    return result;
  } finally {
    options.signal.removeEventListener('abort', stopEarly);
    canaryStop.abort();
    await lab.close();
  }
}

/** Outside its namespace a scenario would change the machine's routes and ports. */
function refuseWhatCannotRun(scenario: Scenario, { binary, insideNamespace }: RunOptions): void {
  const missing = missingNeeds(scenario, binary);
  if (missing.length > 0) {
    throw new GapwatchError('USAGE', `the scenario ${scenario.id} cannot run here`, { hint: missing.join('; ') });
  }
  if (scenario.namespace !== undefined && insideNamespace !== true) {
    throw new GapwatchError('USAGE', `the scenario ${scenario.id} needs a separate network namespace`, {
      hint: `In the sources, npm run lab -- ${scenario.id} makes one.`,
    });
  }
}

/** An abort ends the pause, not the run, which must still clean up. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // setTimeout cannot wait longer than 24 days, which is long enough here.
  const ms = Math.min(seconds * 1000, 2 ** 31 - 1);
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
