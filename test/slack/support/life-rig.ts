/**
 * The whole service, from samples to the local Slack, on a clock that only a test advances. Only nginx is simulated.
 */
import { onTestFinished, vi } from 'vitest';
import { configSchema } from '../../../src/config/schema.ts';
import { createSteadyClock } from '../../../src/core/clock.ts';
import { type Logger, silentLogger } from '../../../src/core/logger.ts';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { createStandalone, type Standalone } from '../../../src/service/standalone.ts';
import { createTimers, type Timers } from '../../../src/service/timers.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { PARTS } from '../../support/parts.ts';
import { CHANNEL } from './rig.ts';
import { SCRIPTED_CAUSES, ScriptedNginx, type Second } from './scripted-nginx.ts';

export const BEGAN = Date.parse('2026-11-21T12:00:00.000Z');

export interface LifeRig {
  readonly bench: LocalSlack;
  readonly store: Store;
  readonly standalone: Standalone;
  /** Advances time by seconds, then waits until Slack shows the result. */
  play(seconds: number, second: Second): Promise<void>;
  /** Waits until every message is sent. */
  settled(): Promise<void>;
  /**
   * The same, after at least `ms`: waiting in steps of 2 ms takes a slow machine long. Ends in the middle of a second,
   * so that the second does not depend on the steps.
   */
  settledAfter(ms: number): Promise<void>;
  /** Runs all work that repeats every minute. */
  minute(): void;
  /** Runs all work that repeats within `ms`. */
  repeat(ms: number): void;
  jump(ms: number): void;
  /** Sets the wall clock of the machine. */
  step(ms: number): void;
}

export interface LifeOptions {
  readonly config?: object;
  readonly slack?: object;
  readonly store?: Store;
  readonly bench?: LocalSlack;
  readonly at?: number;
  readonly logger?: Logger;
}

export async function lifeRig(options: LifeOptions = {}): Promise<LifeRig> {
  // Polls by hand: vi.waitFor advances fake timers at each check, so that a busy machine would run other minutes than
  // an idle one.
  const repeated: { readonly work: () => unknown; readonly everyMs: number }[] = [];
  const timers: Timers = {
    ...createTimers(options.logger ?? silentLogger),
    every(everyMs, _what, work) {
      repeated.push({ work, everyMs });
      return () => {};
    },
  };
  const machine = { at: options.at ?? BEGAN, steppedMs: 0 };
  const steady = createSteadyClock({ now: () => machine.at + machine.steppedMs, monotonicMs: () => machine.at });
  const clock = Object.assign(machine, steady);
  const bench = options.bench ?? (await createLocalSlack({ clock, fileScanMs: 0 }));
  const store = options.store ?? openStore(':memory:');
  const nginx = new ScriptedNginx(clock);
  const delivery = { postIntervalMs: 1, editIntervalMs: 1, settleMs: 20 };
  const slack = { apiUrl: bench.apiUrl, channel: CHANNEL, delivery, ...options.slack };
  const { botToken, appToken } = bench;
  const standalone = createStandalone({
    config: configSchema.parse({ host: 'web-1', slack, ...options.config }),
    host: 'web-1',
    store,
    ...PARTS,
    causes: SCRIPTED_CAUSES,
    clock,
    logger: options.logger ?? silentLogger,
    events: null,
    tokens: { botToken, appToken },
    makeAgent: nginx.makeAgent,
    timers,
  });
  await standalone.start();
  onTestFinished(async () => {
    await standalone.stop();
    if (options.bench === undefined) await bench.close();
    if (options.store === undefined) store.close();
  });
  const repeat = (ms: number) => {
    for (const { work, everyMs } of repeated) for (let at = everyMs; at <= ms; at += everyMs) work();
  };
  const settled = () =>
    vi.waitFor(
      () => {
        const unsettled = store.outbox.unsettled();
        // A running call takes no time: a busy machine must not run other seconds than an idle one.
        if (!unsettled.some(({ state, notBefore }) => state === 'sending' && notBefore <= clock.now())) clock.at += 2;
        standalone.slack?.tick();
        if (unsettled.length > 0) throw new Error('not everything is sent');
      },
      { timeout: 10_000, interval: 5 },
    );
  return {
    bench,
    store,
    standalone,
    settled,
    async play(seconds, second) {
      clock.at = Math.ceil(clock.at / 1_000) * 1_000;
      for (let done = 0; done < seconds; done++) {
        clock.at += 1_000;
        nginx.pass(second);
      }
      await settled();
    },
    minute: () => repeat(60_000),
    repeat,
    jump: (ms) => {
      clock.at += ms;
    },
    step: (ms) => {
      machine.steppedMs += ms;
    },
    async settledAfter(ms) {
      clock.at = Math.ceil((clock.at + ms) / 1_000) * 1_000 + 500;
      await settled();
    },
  };
}
