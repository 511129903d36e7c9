/** The real Bolt app against the embedded local Slack. Everything is closed at the end of a test. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { OutboxStore } from '../../../src/core/outbox.ts';
import {
  createLocalSlack,
  type LocalSlack,
  type LocalSlackOptions,
} from '../../../src/demo/local-slack/local-slack.ts';
import { slackConfig } from '../../../src/slack/config.ts';
import type { Posted } from '../../../src/slack/outbox.ts';
import { createSlack, type Slack } from '../../../src/slack/slack.ts';
import { memoryOutbox } from '../../support/memory-outbox.ts';
import { type FakePorts, fakePorts } from './ports.ts';

export const CHANNEL = 'C0INCIDENTS';
/** Fast, so that tests do not wait for Slack's rate limits. */
const FAST = { postIntervalMs: 1, editIntervalMs: 1, settleMs: 20 };

export interface Rig {
  readonly bench: LocalSlack;
  readonly slack: Slack;
  readonly ports: FakePorts;
  readonly store: OutboxStore;
  readonly posted: Posted[];
}

export interface RigOptions {
  readonly config?: object;
  readonly ports?: FakePorts;
  readonly store?: OutboxStore;
  readonly bench?: LocalSlack;
  readonly localSlack?: LocalSlackOptions;
  /** Clock of the bot and of the local Slack; default: the system clock. */
  readonly clock?: Clock;
  readonly tokens?: Partial<{ botToken: string; appToken: string; signingSecret: string }>;
}

/** Not started yet. */
export async function rig(options: RigOptions = {}): Promise<Rig> {
  const { clock = systemClock } = options;
  const bench = options.bench ?? (await createLocalSlack({ clock, ...options.localSlack }));
  const ports = options.ports ?? fakePorts();
  const store = options.store ?? memoryOutbox();
  const posted: Posted[] = [];
  const config = slackConfig.parse({ apiUrl: bench.apiUrl, channel: CHANNEL, delivery: FAST, ...options.config });
  const { botToken, appToken, signingSecret } = bench;
  const slack = createSlack({
    config,
    tokens: { botToken, appToken, signingSecret, ...options.tokens },
    ports,
    store,
    clock,
    logger: silentLogger,
    onPosted: (event) => void posted.push(event),
  });
  const ticking = setInterval(() => slack.tick(), 10);
  onTestFinished(async () => {
    clearInterval(ticking);
    await slack.stop();
    if (options.bench === undefined) await bench.close();
  });
  return { bench, slack, ports, store, posted };
}

export async function startedRig(options: RigOptions = {}): Promise<Rig> {
  const made = await rig(options);
  await made.slack.start();
  return made;
}
