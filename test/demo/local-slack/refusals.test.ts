import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { callApi } from './api-call.ts';

const CHANNEL = 'C0INCIDENTS';

describe('what the local Slack refuses, by Slack’s names', () => {
  let localSlack: LocalSlack;
  let nowMs = 1_800_000_000_000;

  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    localSlack = await createLocalSlack({
      clock: { now: () => nowMs },
      directory: {
        channels: [
          { id: CHANNEL, name: 'nginx-incidents' },
          { id: 'C0ELSEWHERE', name: 'elsewhere', member: false },
          { id: 'C0ARCHIVED0', name: 'old', archived: true },
        ],
      },
    });
  });

  afterEach(() => localSlack.close());

  const post = async (args: object) => (await callApi(localSlack, 'chat.postMessage', args)).body.error;

  it.each([
    ['no token', null, 'not_authed'],
    ['a wrong token', 'xoxb-wrong', 'invalid_auth'],
  ])('%s', async (_name, token, error) => {
    expect((await callApi(localSlack, 'auth.test', {}, token)).body.error).toBe(error);
  });

  it('the bot token in place of the app token, and the reverse', async () => {
    expect((await callApi(localSlack, 'apps.connections.open', {})).body.error).toBe('not_allowed_token_type');
    expect((await callApi(localSlack, 'auth.test', {}, localSlack.appToken)).body.error).toBe('not_allowed_token_type');
  });

  it('every call after the token was revoked, until it is restored', async () => {
    localSlack.revoke('account_inactive');
    expect((await callApi(localSlack, 'auth.test', {})).body.error).toBe('account_inactive');
    localSlack.revoke(undefined);
    expect((await callApi(localSlack, 'auth.test', {})).body.ok).toBe(true);
  });

  it.each([
    ['an unknown channel', { channel: 'C0NOWHERE00', text: 'x' }, 'channel_not_found'],
    ['a channel the bot is not in', { channel: 'C0ELSEWHERE', text: 'x' }, 'not_in_channel'],
    ['an archived channel', { channel: 'C0ARCHIVED0', text: 'x' }, 'is_archived'],
    ['an empty message', { channel: CHANNEL }, 'no_text'],
    ['a text of 40,001 characters', { channel: CHANNEL, text: 'x'.repeat(40_001) }, 'msg_too_long'],
    [
      'metadata without a payload',
      { channel: CHANNEL, text: 'x', metadata: { event_type: 'y' } },
      'invalid_metadata_format',
    ],
    ['a reply to nothing', { channel: CHANNEL, text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
  ])('%s', async (_name, args, error) => {
    expect(await post(args)).toBe(error);
    expect(localSlack.messages(CHANNEL)).toEqual([]);
  });

  it('edits of messages that are gone or someone else’s', async () => {
    const theirs = localSlack.workspace.messages.post({ channel: CHANNEL, user: 'U0LOCALANA', text: 'mine' });
    const update = async (ts: string) =>
      (await callApi(localSlack, 'chat.update', { channel: CHANNEL, ts, text: 'y' })).body.error;
    expect(await update('1.000001')).toBe('message_not_found');
    expect(await update(theirs.ts)).toBe('cant_update_message');
    expect(localSlack.messages(CHANNEL)[0]?.text).toBe('mine');
  });

  it('a trigger id after three seconds, twice, or invented', async () => {
    const view = { type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] };
    const open = async (triggerId: string) =>
      (await callApi(localSlack, 'views.open', { trigger_id: triggerId, view })).body.error;
    const late = localSlack.workspace.tickets.trigger('U0LOCALANA');
    nowMs += 3_001;
    expect(await open(late)).toBe('expired_trigger_id');
    const used = localSlack.workspace.tickets.trigger('U0LOCALANA');
    expect(await open(used)).toBeUndefined();
    expect(await open(used)).toBe('exchanged_trigger_id');
    expect(await open('nonsense')).toBe('invalid_trigger_id');
  });

  it('a view with long text, or with inputs and no submit', async () => {
    const label = (text: string) => ({ type: 'plain_text', text });
    const input = { type: 'input', label: label('x'), element: { type: 'plain_text_input' } };
    const open = async (view: object) => {
      const answer = await callApi(localSlack, 'views.open', {
        trigger_id: localSlack.workspace.tickets.trigger('U0LOCALANA'),
        view: { type: 'modal', title: label('T'), blocks: [], ...view },
      });
      return JSON.stringify(answer.body.response_metadata ?? null);
    };
    expect(await open({ title: label('x'.repeat(25)) })).toContain('must be less than 25 characters');
    expect(await open({ blocks: [input] })).toContain('missing required field: submit');
    expect(await open({ blocks: [input], submit: label('Go') })).toBe('null');
    expect(await open({ surprise: 1 })).toContain('invalid additional property: surprise');
  });

  it('a response URL after thirty minutes or five uses', async () => {
    const path = () =>
      localSlack.workspace.tickets.responsePath({ kind: 'commands', channel: CHANNEL, user: 'U0LOCALANA' });
    const respond = async (target: string) => {
      const answer = await fetch(localSlack.url + target, { method: 'POST', body: JSON.stringify({ text: 'hi' }) });
      return `${answer.status} ${await answer.text()}`;
    };
    const late = path();
    nowMs += 30 * 60_000 + 1;
    expect(await respond(late)).toContain('404 {"ok":false,"error":"expired_url"}');
    const worn = path();
    for (let use = 0; use < 5; use += 1) expect(await respond(worn)).toBe('200 ok');
    expect(await respond(worn)).toContain('used_url');
    expect(localSlack.ephemerals(CHANNEL)).toHaveLength(5);
  });

  it('more than about one message per second and channel, when rate limits are on', async () => {
    const limited = await createLocalSlack({ clock: { now: () => nowMs }, rateLimits: true });
    const burst = () => callApi(limited, 'chat.postMessage', { channel: CHANNEL, text: 'x' });
    const answers = [await burst(), await burst(), await burst(), await burst()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]).toMatchObject({ retryAfter: '1', body: { error: 'ratelimited' } });
    nowMs += 1_000;
    expect((await burst()).status).toBe(200);
    expect(limited.messages(CHANNEL)).toHaveLength(4);
    await limited.close();
  });
});
