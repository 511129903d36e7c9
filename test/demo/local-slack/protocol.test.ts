import type { BlockAction, ButtonAction } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { callApi } from './api-call.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';

const CHANNEL = 'C0INCIDENTS';

describe('a real Bolt app on the local Slack', () => {
  let localSlack: LocalSlack;
  let bolt: BoltApp | undefined;

  beforeEach(async () => {
    localSlack = await createLocalSlack();
  });

  afterEach(async () => {
    await bolt?.stop();
    bolt = undefined;
    await localSlack.close();
  });

  it('learns who it is', async () => {
    bolt = await startBoltApp(localSlack, () => {});
    const who = await bolt.app.client.auth.test();
    expect(who).toMatchObject({ ok: true, user_id: 'U0GAPWATCH0', bot_id: 'B0GAPWATCH0', team_id: 'T0LOCALTEAM' });
    expect(localSlack.sockets.connections).toBe(1);
  });

  it('answers a slash command to the person who typed it', async () => {
    bolt = await startBoltApp(localSlack, (app) => {
      app.command('/nginx-status', async ({ ack, command, respond }) => {
        await ack(`working on ${command.text}`);
        await respond({ text: 'done', response_type: 'ephemeral' });
      });
    });
    const delivery = await localSlack.sendCommand('/nginx-status slots web-1', {
      channel: CHANNEL,
      user: 'U0LOCALBEN',
    });
    expect(delivery.ok).toBe(true);
    const seen = await localSlack.until(() => {
      const items = localSlack.ephemerals(CHANNEL);
      return items.length === 2 && items;
    });
    expect(seen.map(({ text, visible_to }) => [text, visible_to])).toEqual([
      ['working on slots web-1', 'U0LOCALBEN'],
      ['done', 'U0LOCALBEN'],
    ]);
    expect(localSlack.messages(CHANNEL)).toEqual([]);
  });

  it('posts, edits, threads, reads back its metadata and deletes', async () => {
    bolt = await startBoltApp(localSlack, () => {});
    const { client } = bolt.app;
    const metadata = { event_type: 'gapwatch_incident', event_payload: { id: 'inc-1', rev: 1 } };
    const posted = await client.chat.postMessage({ channel: CHANNEL, text: 'opened', metadata });
    const ts = String(posted.ts);
    await client.chat.postMessage({ channel: CHANNEL, thread_ts: ts, text: 'a note' });
    await client.chat.update({ channel: CHANNEL, ts, text: 'changed', metadata });
    const [parent, note] = localSlack.thread(CHANNEL, ts);
    expect(parent).toMatchObject({ text: 'changed', reply_count: 1, metadata, edited: { user: 'U0GAPWATCH0' } });
    expect(note).toMatchObject({ text: 'a note', thread_ts: ts });
    const history = await client.conversations.history({ channel: CHANNEL, include_all_metadata: true });
    expect(history.messages?.map((message) => message.metadata)).toEqual([metadata]);
    await client.chat.delete({ channel: CHANNEL, ts });
    expect(localSlack.messages(CHANNEL).map(({ text }) => text)).toEqual(['a note']);
  });

  it('receives a click, opens a modal and accepts its submission', async () => {
    bolt = await startBoltApp(localSlack, (app) => {
      app.action<BlockAction<ButtonAction>>('incident_evidence', async ({ ack, body, client, action }) => {
        await ack();
        await client.views.open({
          trigger_id: body.trigger_id,
          view: {
            type: 'modal',
            callback_id: 'resolve',
            private_metadata: action.value ?? '',
            title: { type: 'plain_text', text: 'Evidence' },
            submit: { type: 'plain_text', text: 'Resolve' },
            blocks: [
              {
                type: 'input',
                block_id: 'why',
                label: { type: 'plain_text', text: 'Why' },
                element: { type: 'plain_text_input', action_id: 'reason' },
              },
            ],
          },
        });
      });
      app.view('resolve', async ({ ack, view }) => {
        const reason = view.state.values.why?.reason?.value ?? '';
        if (reason.length < 3) await ack({ response_action: 'errors', errors: { why: 'say more' } });
        else await ack();
      });
    });
    const posted = await bolt.app.client.chat.postMessage({
      channel: CHANNEL,
      text: 'incident',
      blocks: [
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'incident_evidence',
              value: 'inc-1',
              text: { type: 'plain_text', text: 'Show Evidence' },
            },
          ],
        },
      ],
    });
    await localSlack.click({ channel: CHANNEL, ts: String(posted.ts), actionId: 'incident_evidence' });
    const view = await localSlack.until(() => localSlack.view('U0LOCALANA'));
    expect(view).toMatchObject({ callback_id: 'resolve', private_metadata: 'inc-1' });
    await localSlack.submitView({ why: { reason: 'x' } });
    expect(localSlack.workspace.views.errors(view.id)).toEqual({ why: 'say more' });
    await localSlack.submitView({ why: { reason: 'backend fixed' } });
    expect(localSlack.view('U0LOCALANA')).toBeUndefined();
  });

  it('publishes the App Home when a person opens it', async () => {
    bolt = await startBoltApp(localSlack, (app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'All is well' } }];
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
      });
    });
    await localSlack.openHome('U0LOCALBEN');
    const home = await localSlack.until(() => localSlack.home('U0LOCALBEN'));
    expect(home.blocks).toMatchObject([{ type: 'header', text: { text: 'All is well' } }]);
    const view = { type: 'home', blocks: [{ type: 'divider' }] };
    const { body } = await callApi(localSlack, 'views.update', { view_id: home.id, view });
    expect(body).toMatchObject({ ok: true, view: { id: home.id, blocks: [{ type: 'divider' }] } });
    expect(localSlack.home('U0LOCALBEN')?.blocks).toMatchObject([{ type: 'divider' }]);
  });

  it('uploads an image in three steps and may use it after the scan', async () => {
    bolt = await startBoltApp(localSlack, () => {});
    const { client } = bolt.app;
    const done = await client.filesUploadV2({ filename: 'chart.png', file: Buffer.from('89504e47', 'hex') });
    const id = localSlack.files()[0]?.id ?? '';
    expect(done.ok).toBe(true);
    expect((await client.files.info({ file: id })).file?.mimetype).toBe('');
    const blocks = [{ type: 'image', slack_file: { id }, alt_text: 'slots in use' }] as const;
    await expect(client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks: [...blocks] })).rejects.toThrow(
      'invalid_blocks',
    );
    await expect.poll(async () => (await client.files.info({ file: id })).file?.mimetype).toBe('image/png');
    await client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks: [...blocks] });
    expect(localSlack.messages(CHANNEL)).toHaveLength(1);
  });
});
