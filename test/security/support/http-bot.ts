/** The Slack side of gapwatch in http mode as a process of its own, for what is measured on a process: `PORT API_URL SECRET`. */
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { slackConfig } from '../../../src/slack/config.ts';
import { createSlack } from '../../../src/slack/slack.ts';
import { fakePorts } from '../../slack/support/ports.ts';
import { memoryOutbox } from '../../support/memory-outbox.ts';

const [port, apiUrl, signingSecret = ''] = process.argv.slice(2);
const slack = createSlack({
  config: slackConfig.parse({ apiUrl, channel: 'C0INCIDENTS', mode: 'http', port: Number(port) }),
  tokens: { botToken: 'xoxb-1-2-3', signingSecret },
  ports: fakePorts(),
  store: memoryOutbox(),
  clock: systemClock,
  logger: silentLogger,
});
await slack.start();
process.stdout.write('ready\n');
process.once('SIGTERM', () => void slack.stop());
