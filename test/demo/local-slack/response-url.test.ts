import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';

const CHANNEL = 'C0INCIDENTS';

const blocks = [
  {
    type: 'actions',
    elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }],
  },
] as const;

describe('what an app may do with a response URL', () => {
  let localSlack: LocalSlack;
  let bolt: BoltApp;
  let answer: object = {};

  beforeEach(async () => {
    localSlack = await createLocalSlack();
    bolt = await startBoltApp(localSlack, (app) => {
      app.action('go', async ({ ack, respond }) => {
        await ack();
        await respond(answer);
      });
    });
  });

  afterEach(async () => {
    await bolt.stop();
    await localSlack.close();
  });

  async function clickMessage(): Promise<void> {
    const { ts } = localSlack.workspace.messages.post({
      channel: CHANNEL,
      user: 'U0GAPWATCH0',
      bot_id: 'B0GAPWATCH0',
      text: 'old',
      blocks: [...blocks],
    });
    await localSlack.click({ channel: CHANNEL, ts, actionId: 'go', user: 'U0LOCALBEN' });
  }

  const texts = () => localSlack.messages(CHANNEL).map(({ text }) => text);
  const whispers = () => localSlack.ephemerals(CHANNEL);

  it('replaces the message that was clicked', async () => {
    answer = { text: 'new', replace_original: true };
    await clickMessage();
    await localSlack.until(() => texts()[0] === 'new');
    expect(localSlack.messages(CHANNEL)[0]?.blocks).toBeUndefined();
  });

  it('deletes the message that was clicked', async () => {
    answer = { delete_original: true };
    await clickMessage();
    await localSlack.until(() => texts().length === 0);
    expect(whispers()).toEqual([]);
  });

  it('posts an ephemeral message to the person who clicked', async () => {
    answer = { text: 'taken by ana', response_type: 'ephemeral', replace_original: false };
    await clickMessage();
    await localSlack.until(() => whispers().length === 1);
    expect(whispers()[0]).toMatchObject({ text: 'taken by ana', visible_to: 'U0LOCALBEN' });
    expect(texts()).toEqual(['old']);
  });

  it('answers in the channel', async () => {
    answer = { text: 'for all', response_type: 'in_channel', replace_original: false };
    await clickMessage();
    await localSlack.until(() => texts().length === 2);
    expect(texts()).toEqual(['old', 'for all']);
  });

  it('replaces and deletes an ephemeral message', async () => {
    const { ts } = localSlack.workspace.messages.postEphemeral(
      { channel: CHANNEL, user: 'U0GAPWATCH0', bot_id: 'B0GAPWATCH0', text: 'old', blocks: [...blocks] },
      'U0LOCALANA',
    );
    answer = { text: 'new', blocks, replace_original: true };
    await localSlack.click({ channel: CHANNEL, ts, actionId: 'go' });
    await localSlack.until(() => whispers()[0]?.text === 'new');
    answer = { delete_original: true };
    await localSlack.click({ channel: CHANNEL, ts, actionId: 'go' });
    await localSlack.until(() => whispers().length === 0);
    expect(texts()).toEqual([]);
  });
});
