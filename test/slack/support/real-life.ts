/** The built service on a real nginx that a lab scenario drives into its failure, the local Slack, and a real browser. */
import { loadScenario } from '../../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../../src/demo/lab/run-scenario.ts';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import type { Message } from '../../../src/demo/local-slack/state/messages.ts';
import { GapwatchProcess } from '../../cli/support/gapwatch-process.ts';
import { type Chromium, openChromium } from '../../support/chromium.ts';
import { CHANNEL } from './rig.ts';

export interface RealLife {
  readonly bench: LocalSlack;
  readonly chromium: Chromium;
  /** The message of the incident. Throws when there are two. */
  parent(): Message | undefined;
}

const isParent = ({ ts, thread_ts }: Message): boolean => thread_ts === undefined || thread_ts === ts;

function onlyParent(bench: LocalSlack): Message | undefined {
  const [first, second] = bench.messages(CHANNEL).filter(isParent);
  if (second !== undefined) throw new Error(`two messages: ${first?.text}, and ${second.text}`);
  return first;
}

function startBot(pidFile: string, bench: LocalSlack): GapwatchProcess {
  const delivery = { editIntervalMs: 300, postIntervalMs: 100 };
  return new GapwatchProcess({
    config: { nginx: { pidFile }, slack: { channel: CHANNEL, delivery } },
    env: { SLACK_API_URL: bench.apiUrl, SLACK_BOT_TOKEN: bench.botToken, SLACK_APP_TOKEN: bench.appToken },
  });
}

/** Calls `live` while the fault lasts, and cleans up afterwards. */
export async function realLife(scenarioId: string, live: (life: RealLife) => Promise<void>): Promise<void> {
  const [bench, chromium] = await Promise.all([createLocalSlack(), openChromium()]);
  const bots: GapwatchProcess[] = [];
  try {
    // The bot, nginx, its load and the browser share the machine with other tests.
    chromium.page.setDefaultTimeout(30_000);
    await chromium.page.goto(bench.pageUrl);
    await runScenario(await loadScenario(scenarioId), {
      binary: await findNginxBinary(process.env.PATH ?? ''),
      signal: new AbortController().signal,
      baselineSeconds: 2,
      faultSeconds: 0,
      async onReady({ nginx }) {
        const bot = startBot(nginx.pidFile, bench);
        bots.push(bot);
        await bot.until('the connection to Slack', () => bench.sockets.connections === 2);
      },
      onFaultOver: () => live({ bench, chromium, parent: () => onlyParent(bench) }),
    });
  } finally {
    for (const bot of bots) await bot.stop();
    await chromium.close();
    await bench.close();
  }
}
