import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { callApi } from './api-call.ts';

describe('what an app can look up', () => {
  let localSlack: LocalSlack;
  const ask = async (method: string, args: object = {}) => (await callApi(localSlack, method, args)).body;

  beforeAll(async () => {
    localSlack = await createLocalSlack({
      directory: {
        channels: [
          { id: 'C0INCIDENTS', name: 'incidents' },
          { id: 'C0SHARED000', name: 'shared', shared: true },
        ],
        userGroups: [{ id: 'S0ONCALL000', handle: 'oncall', users: ['U0LOCALBEN'] }],
      },
    });
  });

  afterAll(() => localSlack.close());

  it('members of a user group, and a refusal for an unknown one', async () => {
    expect(await ask('usergroups.users.list', { usergroup: 'S0ONCALL000' })).toEqual({
      ok: true,
      users: ['U0LOCALBEN'],
    });
    expect(await ask('usergroups.users.list', { usergroup: 'S0NOBODY000' })).toMatchObject({
      error: 'no_such_subteam',
    });
  });

  it('channels, and whether strangers are in them', async () => {
    const shared = await ask('conversations.info', { channel: 'C0SHARED000' });
    expect(shared).toMatchObject({ channel: { name: 'shared', is_ext_shared: true, is_member: true } });
    expect(await ask('conversations.info', { channel: 'C0NOWHERE00' })).toMatchObject({ error: 'channel_not_found' });
  });

  it('people, with the team they belong to', async () => {
    expect(await ask('users.info', { user: 'U0STRANGER' })).toMatchObject({ user: { team_id: 'T0ELSEWHERE' } });
    expect(await ask('users.info', { user: 'U0NOBODY00' })).toMatchObject({ error: 'user_not_found' });
  });

  it('history newest first, in pages, without replies and without metadata unless asked', async () => {
    const metadata = { event_type: 'gapwatch_incident', event_payload: { id: 'inc-1', rev: 1 } };
    const posted: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      posted.push(String((await ask('chat.postMessage', { channel: 'C0INCIDENTS', text, metadata })).ts));
    }
    await ask('chat.postMessage', { channel: 'C0INCIDENTS', text: 'note', thread_ts: posted[0] });
    const first = await ask('conversations.history', { channel: 'C0INCIDENTS', limit: 2 });
    expect(first).toMatchObject({ messages: [{ text: 'three' }, { text: 'two' }], has_more: true });
    expect(JSON.stringify(first)).not.toContain('gapwatch_incident');
    const rest = await ask('conversations.history', {
      channel: 'C0INCIDENTS',
      cursor: (first.response_metadata as { next_cursor: string }).next_cursor,
      include_all_metadata: true,
    });
    expect(rest).toMatchObject({ messages: [{ text: 'one', metadata }], has_more: false });
    const after = await ask('conversations.history', { channel: 'C0INCIDENTS', oldest: posted[1] });
    expect(after).toMatchObject({ messages: [{ text: 'three' }] });
    const thread = await ask('conversations.replies', { channel: 'C0INCIDENTS', ts: posted[0] });
    expect(thread).toMatchObject({ messages: [{ text: 'one', reply_count: 1 }, { text: 'note' }] });
  });

  it('nothing by a method it does not know', async () => {
    expect(await ask('admin.users.remove')).toMatchObject({ ok: false, error: 'unknown_method' });
  });
});
