import { App, HTTPReceiver } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { signatureHeaders } from '../../../src/demo/local-slack/delivery/http-transport.ts';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';

interface Server {
  readonly port: number;
  close(): Promise<unknown>;
}

async function freePort(): Promise<number> {
  const probe = await createLocalSlack();
  const port = Number(new URL(probe.url).port);
  await probe.close();
  return port;
}

describe('HTTP mode', () => {
  let localSlack: LocalSlack | undefined;
  let server: Server | undefined;

  afterEach(async () => {
    await server?.close();
    await localSlack?.close();
    server = undefined;
    localSlack = undefined;
  });

  async function start(signingSecret?: string): Promise<{ localSlack: LocalSlack; requestUrl: string }> {
    const port = await freePort();
    const requestUrl = `http://127.0.0.1:${port}/slack/events`;
    const bench = await createLocalSlack({ requestUrl });
    const receiver = new HTTPReceiver({ signingSecret: signingSecret ?? bench.signingSecret });
    const app = new App({ token: bench.botToken, receiver, clientOptions: { slackApiUrl: bench.apiUrl } });
    app.command('/nginx-status', async ({ ack, command }) => ack(`you said ${command.text}`));
    app.event('app_home_opened', async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } });
    });
    await receiver.start({ port, host: '127.0.0.1' });
    server = { port, close: () => receiver.stop() };
    localSlack = bench;
    return { localSlack: bench, requestUrl };
  }

  it('reaches a Bolt HTTP app with commands and events, signed', async () => {
    const { localSlack: bench } = await start();
    expect((await bench.sendCommand('/nginx-status fds')).ok).toBe(true);
    expect(bench.ephemerals()[0]?.text).toBe('you said fds');
    expect((await bench.openHome()).ok).toBe(true);
    expect(await bench.until(() => bench.home('U0LOCALANA'))).toMatchObject({ type: 'home' });
  });

  it('fails when the app has another signing secret', async () => {
    const { localSlack: bench } = await start('another-secret');
    expect(await bench.sendCommand('/nginx-status')).toEqual({ ok: false, error: 'dispatch_failed' });
  });

  it('signs like the example in Slack’s documentation', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    expect(signatureHeaders('8f742231b10e8888abcd99yyyzzz85a5', 1_531_420_618, body)['x-slack-signature']).toBe(
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    );
  });
});
