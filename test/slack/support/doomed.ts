/**
 * A process that runs one incident's life in each of several Slacks and may be killed at any point. It repeats every
 * change at each start, as the service does, reports finished lives, and ends when all are finished. Arguments: apiUrl,
 * bot token, app token and database of each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/core/clock.ts';
import type { IncidentChangeKind } from '../../../src/core/incident.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { slackConfig } from '../../../src/slack/config.ts';
import { createSlack } from '../../../src/slack/slack.ts';
import { openStore } from '../../../src/store/store.ts';
import { change } from './incident.ts';
import { fakePorts } from './ports.ts';

const LIFE: readonly IncidentChangeKind[] = ['opened', 'worse', 'acknowledged', 'better', 'recovering', 'resolved'];
const EACH = 4;

async function live([apiUrl, botToken = '', appToken = '', path = '']: readonly string[]): Promise<void> {
  const store = openStore(path);
  const slack = createSlack({
    config: slackConfig.parse({
      apiUrl,
      channel: 'C0INCIDENTS',
      delivery: { postIntervalMs: 20, editIntervalMs: 40, settleMs: 150 },
    }),
    tokens: { botToken, appToken },
    ports: fakePorts(),
    store: store.outbox,
    clock: systemClock,
    logger: silentLogger,
  });
  await slack.start();
  const ticking = setInterval(() => slack.tick(), 10);
  for (const [index, kind] of LIFE.entries()) {
    const state = kind === 'resolved' ? 'resolved' : 'open';
    slack.notify(change(kind, { rev: index + 1, state }, `step ${index + 1}`));
    await sleep(60);
  }
  while (store.outbox.unsettled().length > 0) await sleep(20);
  clearInterval(ticking);
  process.send?.(path);
  await slack.stop();
  store.close();
}

const words = process.argv.slice(2);
const lives = Array.from({ length: words.length / EACH }, (_, at) => words.slice(at * EACH, (at + 1) * EACH));
await Promise.all(lives.map(live));
process.exit(0);
