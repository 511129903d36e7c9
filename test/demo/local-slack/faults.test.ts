import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { callApi } from './api-call.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';
import { connect } from './raw-socket.ts';

const CHANNEL = 'C0INCIDENTS';

describe('the local Slack fails on demand', () => {
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

  const post = () => callApi(localSlack, 'chat.postMessage', { channel: CHANNEL, text: 'x' });

  it('answers the next calls of one method with 429 and stores nothing', async () => {
    localSlack.faults.add({ method: 'chat.postMessage', kind: 'rate-limited', times: 2, retryAfterSeconds: 7 });
    expect(await post()).toMatchObject({ status: 429, retryAfter: '7' });
    expect((await callApi(localSlack, 'auth.test', {})).status).toBe(200);
    expect((await post()).status).toBe(429);
    expect(localSlack.messages(CHANNEL)).toEqual([]);
    expect((await post()).body.ok).toBe(true);
  });

  it('answers 500 without an effect, or an error by name', async () => {
    localSlack.faults.add({ method: 'chat.postMessage', kind: 'http-error' });
    localSlack.faults.add({ method: 'chat.postMessage', kind: 'http-error', error: 'fatal_error' });
    expect((await post()).status).toBe(500);
    expect((await post()).body.error).toBe('fatal_error');
    expect(localSlack.messages(CHANNEL)).toEqual([]);
  });

  it('stores the message and loses the answer', async () => {
    localSlack.faults.add({ method: 'chat.postMessage', kind: 'stored-then-lost' });
    await expect(post()).rejects.toThrow('fetch failed');
    localSlack.faults.add({ method: 'chat.postMessage', kind: 'stored-then-error' });
    expect((await post()).status).toBe(500);
    expect(localSlack.messages(CHANNEL)).toHaveLength(2);
  });

  it('lets a call hang until the caller gives up', async () => {
    localSlack.faults.add({ method: 'auth.test', kind: 'hang' });
    const headers = { authorization: `Bearer ${localSlack.botToken}` };
    const signal = AbortSignal.timeout(100);
    const call = fetch(`${localSlack.apiUrl}auth.test`, { method: 'POST', headers, signal });
    await expect(call).rejects.toThrow('timeout');
  });

  it('shows an error to the person when no app is connected, or the app does not answer for three seconds', async () => {
    const first = await localSlack.sendCommand('/nginx-status');
    expect(first).toEqual({ ok: false, error: 'dispatch_failed' });
    bolt = await startBoltApp(localSlack, (app) => {
      app.command('/nginx-status', async () => {});
    });
    const second = await localSlack.sendCommand('/nginx-status');
    expect(second).toEqual({ ok: false, error: 'operation_timeout' });
    await localSlack.sendCommand('/other');
    expect(localSlack.ephemerals().map(({ text }) => text)).toEqual([
      '/nginx-status failed with the error "dispatch_failed"',
      '/nginx-status failed with the error "operation_timeout"',
      '`/other` is not a valid command. Slack did not send it to any app.',
    ]);
  });

  it('stops receiving while the connection stays open', async () => {
    bolt = await startBoltApp(localSlack, (app) => {
      app.command('/nginx-status', async ({ ack }) => ack('here'));
    });
    localSlack.sockets.halfOpen();
    expect(localSlack.sockets.connections).toBe(0);
    expect(await localSlack.sendCommand('/nginx-status')).toMatchObject({ error: 'operation_timeout' });
    localSlack.sockets.drop();
  });

  it('asks for a refresh, sends nothing more there, and closes the old connection', async () => {
    const client = await connect(localSlack);
    localSlack.sockets.refresh('warning', 1, 20);
    expect(await localSlack.sendCommand('/nginx-status')).toEqual({ ok: false, error: 'dispatch_failed' });
    expect(await client.closed).toBe(1005);
    expect(client.received.map(({ type, reason }) => [type, reason])).toEqual([
      ['hello', undefined],
      ['disconnect', 'warning'],
    ]);
  });

  it('cuts a connection without a close frame', async () => {
    const client = await connect(localSlack);
    localSlack.sockets.drop();
    expect(await client.closed).toBe(1006);
  });

  it('sends payloads to its connections in turn and accepts at most ten', async () => {
    const clients = [];
    for (let count = 0; count < 10; count += 1) clients.push(await connect(localSlack, 'ack'));
    const eleventh = await connect(localSlack);
    expect(await eleventh.closed).toBe(1005);
    expect(eleventh.received).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }]);
    for (let count = 0; count < 10; count += 1) {
      expect(await localSlack.sendCommand('/nginx-status')).toMatchObject({ ok: true });
    }
    expect(clients.map(({ received }) => received.filter(({ type }) => type === 'slash_commands').length)).toEqual(
      clients.map(() => 1),
    );
  });

  it('repeats an event without an acknowledgement, with the same id, marked as a retry', async () => {
    const client = await connect(localSlack);
    expect(await localSlack.openHome()).toEqual({ ok: false, error: 'operation_timeout' });
    const events = () => client.received.filter(({ type }) => type === 'events_api');
    await expect.poll(events).toHaveLength(2);
    const [first, again] = events();
    expect(first).toMatchObject({ retry_attempt: 0, retry_reason: '' });
    expect(again).toMatchObject({ retry_attempt: 1, retry_reason: 'timeout' });
    expect(again?.payload).toEqual(first?.payload);
    expect(again?.envelope_id).not.toBe(first?.envelope_id);
  });
});
