import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import type { OutboxEntry } from '../../src/core/outbox.ts';
import { createLocalSlack, type LocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { slackConfig } from '../../src/slack/config.ts';
import { type ExamineSlackDeps, examineSlack } from '../../src/slack/examine-slack.ts';
import { NOW } from './support/incident.ts';
import { CHANNEL } from './support/rig.ts';

async function examined(
  prepare: (bench: LocalSlack) => Partial<ExamineSlackDeps> | undefined = () => undefined,
  section: object = { channel: CHANNEL },
) {
  const bench = await createLocalSlack();
  onTestFinished(() => bench.close());
  const { botToken, appToken } = bench;
  const found = await examineSlack({
    config: slackConfig.parse({ apiUrl: bench.apiUrl, ...section }),
    tokens: { botToken, appToken },
    outbox: null,
    connected: true,
    clock: { now: () => NOW },
    logger: silentLogger,
    ...prepare(bench),
  });
  expect(JSON.stringify(found)).not.toContain(botToken);
  return found.map(
    ({ what, ok, detail, remedy }) =>
      `${ok ? 'ok' : 'blind'} ${what}: ${detail}${remedy === null ? '' : ` | ${remedy}`}`,
  );
}

const entry = (over: Partial<OutboxEntry>): OutboxEntry =>
  ({ channel: CHANNEL, createdAt: NOW - 120_000, changedAt: NOW - 60_000, error: null, ...over }) as OutboxEntry;
const outbox = (waiting: OutboxEntry[], sent: OutboxEntry | null) => ({
  unsettled: () => waiting,
  newestSent: () => sent,
});

it('finds nothing wrong in a workspace that grants all scopes', async () => {
  expect(await examined()).toEqual([
    'ok Slack account: gapwatch in Local preview',
    expect.stringMatching(/^ok Slack scopes: chat:write, commands,/),
    `ok Slack channel: ${CHANNEL}, the bot is in it`,
    'ok Slack delivery: nothing yet: no service has run with this store',
    expect.stringMatching(/^ok Slack permissions: in every channel .*; may mute everything: everyone who may act$/),
  ]);
});

it.each([
  [
    'invalid_auth',
    /^blind Slack account: SLACK_BOT_TOKEN: Slack does not know this token \(invalid_auth\) \| Copy it again/,
  ],
  ['account_inactive', /^blind Slack account: .*removed from its workspace.* \| Install it again/],
])('names %s with a remedy', async (error, words) => {
  const [first] = await examined((bench) => void bench.faults.add({ method: 'auth.test', kind: 'http-error', error }));
  expect(first).toMatch(words);
});

it('reports missing or swapped tokens before it calls Slack', async () => {
  const [first] = await examined(({ botToken }) => ({ tokens: { botToken } }));
  expect(first).toMatch(/^blind Slack account: SLACK_APP_TOKEN is missing \| .*connections:write/);
});

it('reports that Slack is unreachable, with a remedy', async () => {
  const [first] = await examined((bench) => void bench.faults.add({ method: 'auth.test', kind: 'http-error' }));
  expect(first).toMatch(
    /^blind Slack account: Slack does not answer: http_500 \| check that slack\.apiUrl can be reached from here$/,
  );
});

it.each([
  ['C0NOWHERE00', {}, /channel_not_found \| Check slack\.channel/],
  ['C0ARCHIVED0', { archived: true }, /is archived \| Unarchive/],
  ['C0OUTSIDE00', { member: false }, /the bot is not in C0OUTSIDE00 \| Invite the bot/],
])('reports that %s is not writable', async (channel, over, words) => {
  const found = await examined(
    (bench) => {
      if (channel !== 'C0NOWHERE00') bench.workspace.putChannel({ id: channel, name: 'x', ...over });
      return undefined;
    },
    { channel },
  );
  expect(found[2]).toMatch(words);
});

it('asks for a channel when none is set', async () => {
  expect((await examined(undefined, {}))[2]).toMatch(/slack\.channel is not set.* \| slack: \{ channel:/);
});

it('reports waiting messages with age and reason, and the last delivery', async () => {
  const waiting = [entry({}), entry({ error: 'not_in_channel' })];
  expect((await examined(() => ({ outbox: outbox(waiting, entry({})) })))[3]).toBe(
    `blind Slack delivery: last delivered 2026-11-21 11:59 UTC; 2 waiting, the oldest for 2 min: not_in_channel in ${CHANNEL} | Invite the bot: /invite @gapwatch in that channel.`,
  );
  expect((await examined(() => ({ outbox: outbox([], null) })))[3]).toBe(
    'ok Slack delivery: nothing delivered yet; nothing waits',
  );
});

it('tries the app token when there is no connection yet', async () => {
  expect((await examined(() => ({ connected: false })))[3]).toBe('ok Slack Socket Mode: the app token is accepted');
  const refused = await examined(({ botToken }) => ({
    connected: false,
    tokens: { botToken, appToken: 'xapp-of-another-app' },
  }));
  expect(refused[3]).toMatch(
    /^blind Slack Socket Mode: SLACK_APP_TOKEN: Slack does not know this token \(invalid_auth\)/,
  );
});
