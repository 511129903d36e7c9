/** The real Slack side of gapwatch with a peer that has no manners, kept for all cases of a target. */

import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { slackConfig } from '../../src/slack/config.ts';
import { createSlack } from '../../src/slack/slack.ts';
import { openRawSlack, type RawSlack } from '../security/support/raw-slack-peer.ts';
import { type FakePorts, fakePorts } from '../slack/support/ports.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';

export const SECRET = 'a signing secret';
const CHANNEL = 'C0INCIDENTS';

export interface FuzzedSlack {
  readonly peer: RawSlack;
  readonly ports: FakePorts;
}

export async function startSlack(config: object): Promise<FuzzedSlack> {
  const peer = await openRawSlack();
  const ports = fakePorts();
  const slack = createSlack({
    config: slackConfig.parse({ apiUrl: peer.apiUrl, channel: CHANNEL, ...config }),
    tokens: { botToken: 'xoxb-1-2-3', appToken: 'xapp-1-A0GAPWATCH0-1-abc', signingSecret: SECRET },
    ports,
    store: memoryOutbox(),
    clock: systemClock,
    logger: silentLogger,
  });
  await slack.start();
  return { peer, ports };
}

const person = { user_id: 'U0LOCALANA', team_id: 'T0LOCALTEAM', channel_id: CHANNEL, api_app_id: 'A0GAPWATCH0' };

export const COMMAND = { command: '/nginx-status', text: 'help', ...person };
/** Payloads as Slack sends them. */
export const PAYLOADS: readonly object[] = [
  COMMAND,
  {
    ...COMMAND,
    text: 'mute 2h slow-upstream web-1',
    trigger_id: '1.2.a',
    response_url: 'https://hooks.slack.com/commands/1/2/3',
  },
  { ...COMMAND, text: 'slots web-1' },
  { ...COMMAND, text: 'why *' },
  {
    type: 'block_actions',
    user: { id: 'U0LOCALANA', team_id: 'T0LOCALTEAM' },
    team: { id: 'T0LOCALTEAM' },
    channel: { id: CHANNEL },
    trigger_id: '1.2.a',
    actions: [{ type: 'button', action_id: 'incident_ack', value: 'inc-mi8zk0-1a2b|1' }],
  },
  {
    type: 'block_actions',
    user: { id: 'U0LOCALANA', team_id: 'T0LOCALTEAM' },
    channel: { id: CHANNEL },
    actions: [
      { type: 'static_select', action_id: 'incident_snooze', selected_option: { value: 'inc-mi8zk0-1a2b|1|3600000' } },
    ],
  },
  {
    type: 'event_callback',
    team_id: 'T0LOCALTEAM',
    event: { type: 'app_home_opened', user: 'U0LOCALANA', tab: 'home', channel: 'D0LOCAL' },
  },
  { type: 'url_verification', challenge: 'abc' },
];
