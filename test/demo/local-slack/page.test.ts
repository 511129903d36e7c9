import type { App, types } from '@slack/bolt';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { type Chromium, openChromium } from '../../support/chromium.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';

const CHANNEL = 'C0INCIDENTS';
const plain = (text: string) => ({ type: 'plain_text', text }) as const;
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text }) as const;
const actions = {
  type: 'actions',
  elements: [
    { type: 'button', action_id: 'incident_ack', style: 'primary', value: 'inc-1', text: plain('Acknowledge') },
    {
      type: 'static_select',
      action_id: 'incident_snooze',
      placeholder: plain('Snooze'),
      options: [
        { text: plain('15 minutes'), value: '15m' },
        { text: plain('1 hour'), value: '1h' },
      ],
    },
    { type: 'button', action_id: 'incident_evidence', value: 'inc-1', text: plain('Show Evidence') },
    {
      type: 'overflow',
      action_id: 'incident_more',
      options: [{ text: plain('Resolve'), value: 'resolve' }],
      confirm: {
        title: plain('Resolve?'),
        text: mrkdwn('It *still holds*.'),
        confirm: plain('Resolve'),
        deny: plain('Keep'),
      },
    },
  ],
} as const;

const incident = (state: string) => [
  { type: 'header', text: plain('web-1 is losing connections') } as const,
  { type: 'section', text: mrkdwn(state) } as const,
  actions,
];

const evidence: types.View = {
  type: 'modal',
  callback_id: 'resolve',
  title: plain('Evidence'),
  submit: plain('Resolve'),
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: plain('What fixed it?'),
      element: { type: 'plain_text_input', action_id: 'reason' },
    },
  ],
};

describe('the page', () => {
  let localSlack: LocalSlack;
  let bolt: BoltApp;
  let chromium: Chromium;
  let page: Page;
  const heard: string[] = [];

  function listen(app: App): void {
    app.action(/^incident_(?!evidence)/, async ({ ack, action, body }) => {
      await ack();
      const choice = 'selected_option' in action ? action.selected_option?.value : '';
      heard.push(`${body.user.id} ${'action_id' in action ? action.action_id : ''} ${choice}`.trim());
    });
    app.action('incident_evidence', async ({ ack, body, client }) => {
      await ack();
      if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: evidence });
    });
    app.view('resolve', async ({ ack, view }) => {
      const reason = view.state.values.why?.reason?.value ?? '';
      heard.push(`resolved: ${reason}`);
      if (reason.length < 4) await ack({ response_action: 'errors', errors: { why: 'Say more, please.' } });
      else await ack();
    });
    app.command('/nginx-status', async ({ ack, command }) => ack(`*${command.text || 'summary'}*: all is well`));
    app.event('app_home_opened', async ({ event, client }) => {
      const blocks = [{ type: 'header', text: plain(`Hello ${event.user}`) } as const];
      await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
    });
  }

  beforeAll(async () => {
    localSlack = await createLocalSlack();
    bolt = await startBoltApp(localSlack, listen);
    chromium = await openChromium();
    page = chromium.page;
  });

  afterAll(async () => {
    await chromium.close();
    await bolt.stop();
    await localSlack.close();
  });

  beforeEach(async () => {
    heard.length = 0;
    await page.goto('about:blank');
    await page.goto(localSlack.pageUrl);
  });

  const post = (text: string, blocks: ReturnType<typeof incident>) =>
    bolt.app.client.chat.postMessage({ channel: CHANNEL, text, blocks });
  const article = (words: string) => page.locator('main article', { hasText: words });

  it('says that it is a preview', async () => {
    expect(await page.title()).toContain('local preview, not Slack');
    await page.getByText('Local preview, not Slack.').waitFor();
  });

  it('shows a message when it is posted, edits it in place and opens its thread', async () => {
    const { ts } = await post('incident', incident('*slow-upstream*: first words'));
    await article('first words').waitFor();
    await bolt.app.client.chat.update({
      channel: CHANNEL,
      ts: String(ts),
      text: 'incident',
      blocks: incident('later words'),
    });
    await article('later words').getByText('(edited)').waitFor();
    expect(await article('first words').count()).toBe(0);
    await bolt.app.client.chat.postMessage({ channel: CHANNEL, thread_ts: String(ts), text: 'worse: 12 per second' });
    await article('later words').getByText('1 reply').click();
    await page.locator('.panel article', { hasText: 'worse: 12 per second' }).waitFor();
    expect(chromium.problems).toEqual([]);
  });

  it('sends clicks, choices and confirmed choices as the selected person', async () => {
    await post('incident', incident('to be clicked'));
    const message = article('to be clicked');
    await message.getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(() => heard).toEqual(['U0LOCALANA incident_ack']);
    await page.selectOption('#acting', { label: 'Ben Okafor' });
    await message.locator('select').selectOption('1h');
    await expect.poll(() => heard.at(-1)).toBe('U0LOCALBEN incident_snooze 1h');
    await message.locator('summary').click();
    await message.getByRole('button', { name: 'Resolve' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Keep' }).click();
    await message.locator('summary').click();
    await message.getByRole('button', { name: 'Resolve' }).click();
    expect(await page.locator('dialog b').textContent()).toBe('still holds');
    await page.locator('dialog').getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => heard.at(-1)).toBe('U0LOCALBEN incident_more resolve');
    expect(heard).toHaveLength(3);
    await page.selectOption('#acting', { label: 'Ana Ruiz' });
  });

  it('suggests commands, and shows the answer only to the asker', async () => {
    const line = page.getByLabel('Message or command');
    await line.fill('/nginx-status fd');
    await page.getByRole('option', { name: '/nginx-status fds' }).waitFor();
    await line.press('Tab');
    expect(await line.inputValue()).toBe('/nginx-status fds ');
    await line.press('Enter');
    await page.locator('.ephemeral', { hasText: 'fds: all is well' }).getByText('Only visible to you').waitFor();
    await page.selectOption('#acting', { label: 'Ben Okafor' });
    await page.locator('.ephemeral').first().waitFor({ state: 'detached' });
    await page.selectOption('#acting', { label: 'Ana Ruiz' });
  });

  it('opens a modal, marks missing or refused fields, keeps the input, and closes', async () => {
    await post('incident', incident('with evidence'));
    await article('with evidence').getByRole('button', { name: 'Show Evidence' }).click();
    const modal = page.getByRole('dialog', { name: 'Evidence' });
    await modal.getByRole('button', { name: 'Resolve' }).click();
    await modal.getByText('Please complete this required field.').waitFor();
    expect(heard).toEqual([]);
    await modal.getByRole('textbox').fill('tea');
    await modal.getByRole('button', { name: 'Resolve' }).click();
    await modal.getByText('Say more, please.').waitFor();
    expect(await modal.getByRole('textbox').inputValue()).toBe('tea');
    await modal.getByRole('textbox').fill('a new backend');
    await modal.getByRole('button', { name: 'Resolve' }).click();
    await modal.waitFor({ state: 'detached' });
    expect(heard).toEqual(['resolved: tea', 'resolved: a new backend']);
  });

  it('can be used with the keyboard alone: into a modal, only within it, and back; out of a thread', async () => {
    const { ts } = await post('incident', incident('by keyboard'));
    const button = article('by keyboard').getByRole('button', { name: 'Show Evidence' });
    await button.press('Enter');
    const modal = page.getByRole('dialog', { name: 'Evidence' });
    await expect.poll(() => modal.getByRole('textbox').evaluate((node) => node === document.activeElement)).toBe(true);
    for (let press = 0; press < 8; press++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('.window') ?? null)).toBeNull();
    }
    await page.keyboard.press('Escape');
    await modal.waitFor({ state: 'detached' });
    await expect.poll(() => button.evaluate((node) => node === document.activeElement)).toBe(true);
    await bolt.app.client.chat.postMessage({ channel: CHANNEL, thread_ts: String(ts), text: 'worse' });
    await article('by keyboard').locator('.replies').press('Enter');
    await page.locator('.panel article', { hasText: 'worse' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'hidden' });
  });

  it('fits a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await post('incident', incident('on a narrow screen'));
    await article('on a narrow screen').getByRole('button', { name: 'Show Evidence' }).waitFor();
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('opens the App Home of the selected person', async () => {
    await page.getByRole('link', { name: 'gapwatch' }).click();
    await page.getByRole('heading', { name: 'Hello U0LOCALANA' }).waitFor();
    await page.selectOption('#acting', { label: 'Ben Okafor' });
    await page.getByRole('heading', { name: 'Hello U0LOCALBEN' }).waitFor();
    await page.selectOption('#acting', { label: 'Ana Ruiz' });
  });

  it('shows hostile text as text', async () => {
    const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>"'&lt;b&gt;`;
    await bolt.app.client.chat.postMessage({
      channel: CHANNEL,
      text: hostile,
      blocks: [
        { type: 'header', text: plain(hostile) },
        { type: 'section', text: mrkdwn(`evil ${hostile}`), fields: [mrkdwn(hostile)] },
        { type: 'context', elements: [mrkdwn(hostile), plain(hostile)] },
        { type: 'table', rows: [[{ type: 'raw_text', text: hostile }]] },
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: hostile }] }],
        },
        {
          type: 'actions',
          elements: [{ type: 'button', text: plain(hostile.slice(0, 75)), action_id: hostile.slice(0, 200) }],
        },
      ],
    });
    const message = article('evil');
    await message.waitFor();
    expect(await message.locator('img, script').count()).toBe(0);
    expect(await message.locator('pre').textContent()).toBe(hostile);
    expect(await page.title()).not.toContain('owned');
  });

  it('has logged no error and requested nothing from outside', () => {
    expect(chromium.problems).toEqual([]);
  });
});
