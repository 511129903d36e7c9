/** Tokens, drops, refreshes, revocation and HTTP mode: no failure of Slack ends the service. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GapwatchError } from '../../src/core/errors.ts';
import { createReplayGuard } from '../../src/slack/connect/signature.ts';
import { change } from './support/incident.ts';
import { CHANNEL, rig, startedRig } from './support/rig.ts';

async function refusal(work: () => Promise<unknown>): Promise<GapwatchError> {
  try {
    await work();
  } catch (error) {
    return error as GapwatchError;
  }
  throw new Error('it started');
}

describe('starting', () => {
  it.each([
    ['swapped tokens', { botToken: 'xapp-1-A-1', appToken: 'xoxb-1' }, 'CONFIG', 'are swapped'],
    ['an app token as bot token', { botToken: 'xapp-1-A-1' }, 'CONFIG', 'holds an app-level token'],
    ['a user token as bot token', { botToken: 'xoxp-1' }, 'CONFIG', 'is not a bot token'],
    ['no app token', { appToken: '' }, 'CONFIG', 'SLACK_APP_TOKEN is missing'],
    ['a bot token as app token', { appToken: 'xoxb-1' }, 'CONFIG', 'is not an app-level token'],
    [
      'a bot token Slack does not know',
      { botToken: 'xoxb-unknown' },
      'SLACK',
      'SLACK_BOT_TOKEN: Slack does not know this token (invalid_auth)',
    ],
    [
      'an app token Slack does not know',
      { appToken: 'xapp-unknown' },
      'SLACK',
      'SLACK_APP_TOKEN: Slack does not know this token (invalid_auth)',
    ],
  ])('with %s says so in one sentence, with a hint and without the token', async (_name, tokens, code, words) => {
    const error = await refusal(async () => {
      const { slack } = await rig({ tokens });
      await slack.start();
    });
    expect(error).toMatchObject({ name: 'GapwatchError', code });
    expect(error.message).toContain(words);
    expect(error.hint).toBeTruthy();
    expect(error.message + error.hint).not.toMatch(/xoxb-\w{4}|xapp-\w{3}/);
  });

  it('starts while Slack is unreachable, and connects later without losing a message', async () => {
    const { bench, slack } = await rig();
    bench.faults.add({ method: 'auth.test', kind: 'http-error', times: 1 });
    await slack.start();
    expect(slack.health().state).toBe('waiting');
    slack.notify(change('opened'));
    await bench.until(() => bench.messages(CHANNEL).length === 2, 15_000);
    expect(slack.health()).toEqual({ state: 'connected', error: null, remedy: null });
  });
});

describe('a connection', () => {
  it('is one of two, so that a refresh loses no command', async () => {
    const { bench } = await startedRig();
    await vi.waitFor(() => expect(bench.sockets.connections).toBe(2));
    bench.sockets.refresh('refresh_requested', 1);
    const deliveries = await Promise.all(Array.from({ length: 20 }, () => bench.sendCommand('/nginx-status help')));
    expect(deliveries.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('shows a revoked token in health and keeps running', async () => {
    const { bench, slack, store } = await startedRig();
    bench.revoke('account_inactive');
    slack.notify(change('opened'));
    await vi.waitFor(() => expect(slack.health()).toMatchObject({ state: 'degraded', error: 'account_inactive' }));
    expect(slack.health().remedy).toContain('install it again');
    expect(store.unsettled().length).toBe(2);
  });

  it('survives a refusal to reconnect', async () => {
    const { bench, slack } = await startedRig();
    bench.faults.add({ method: 'apps.connections.open', kind: 'http-error', error: 'internal_error', times: 2 });
    bench.sockets.drop();
    await vi.waitFor(() => expect(bench.sockets.connections).toBe(0));
    await vi.waitFor(() => expect(bench.sockets.connections).toBe(2), 15_000);
    expect((await bench.sendCommand('/nginx-status help')).ok).toBe(true);
    await vi.waitFor(() => expect(slack.health().state).toBe('connected'));
  });

  it('is replaced when it becomes silent', async () => {
    const { bench } = await startedRig();
    const opened = () => bench.calls.filter(({ method }) => method === 'apps.connections.open').length;
    expect(opened()).toBe(2);
    bench.faults.add({ method: 'apps.connections.open', kind: 'http-error', status: 503, times: 2 });
    bench.sockets.halfOpen();
    await vi.waitFor(() => expect(opened()).toBeGreaterThanOrEqual(6), 18_000);
    await vi.waitFor(async () => expect((await bench.sendCommand('/nginx-status help')).ok).toBe(true), 15_000);
  }, 40_000);

  it('ends without an unhandled rejection when the service stops during a reconnect', async () => {
    const { slack, bench } = await startedRig();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    await vi.waitFor(() => expect(bench.sockets.connections).toBe(2));
    const upgrade = vi
      .spyOn(bench.sockets, 'upgrade')
      .mockImplementation((_request, socket) => onTestFinished(() => void socket.destroy()));
    bench.sockets.drop();
    await vi.waitFor(() => expect(upgrade).toHaveBeenCalledTimes(2), 15_000);
    await slack.stop();
    await nextTurn();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('is not opened when the service stops during auth.test', async () => {
    const { slack, bench } = await rig();
    const starting = slack.start();
    await slack.stop();
    await starting;
    const further = bench.calls.filter(({ method }) => method !== 'auth.test');
    expect(further).toEqual([]);
  });

  it('is closed within three seconds when the service stops', async () => {
    const { slack, bench } = await startedRig();
    const startedAt = performance.now();
    await slack.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await vi.waitFor(() => expect(bench.sockets.connections).toBe(0));
    expect(slack.health().state).toBe('stopped');
  });
});

describe('HTTP mode', () => {
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  async function started() {
    const port = await freePort();
    const made = await startedRig({ config: { mode: 'http', port } });
    const send = async (over: { at?: number; secret?: string; text?: string; signature?: string } = {}) => {
      const body = new URLSearchParams({
        command: '/nginx-status',
        text: over.text ?? 'help',
        user_id: 'U0LOCALANA',
        channel_id: CHANNEL,
        team_id: made.bench.workspace.directory.teamId,
        response_url: `${made.bench.url}nowhere`,
      }).toString();
      const at = String(Math.floor(Date.now() / 1000) + (over.at ?? 0));
      const signature =
        over.signature ??
        `v0=${createHmac('sha256', over.secret ?? made.bench.signingSecret)
          .update(`v0:${at}:${body}`)
          .digest('hex')}`;
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': at,
        'x-slack-signature': signature,
      };
      const response = await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body, headers });
      return { status: response.status, signature };
    };
    return { ...made, send, port };
  }

  it('answers signed requests, and refuses forged, stale, future, replayed and large ones', async () => {
    const { send } = await started();
    expect((await send()).status).toBe(200);
    expect((await send({ secret: 'not the secret' })).status).toBe(401);
    expect((await send({ at: -400 })).status).toBe(401);
    expect((await send({ at: 3_600 })).status).toBe(401);
    const { signature, status } = await send({ text: 'slots' });
    expect(status).toBe(200);
    expect((await send({ text: 'slots', signature })).status).toBe(401);
    expect((await send({ text: 'x'.repeat(5_000_000) })).status).toBe(413);
  });

  it('names a port that is in use', async () => {
    const { port } = await started();
    const error = await refusal(async () => (await rig({ config: { mode: 'http', port } })).slack.start());
    expect(error).toMatchObject({ code: 'CONFIG', message: `slack.port ${port} is in use` });
  });
});

describe('the replay guard', () => {
  it('forgets requests that are too old to be accepted', () => {
    let now = 0;
    const guard = createReplayGuard({ now: () => now });
    const [first, second] = [1, 2].map((byte) => ({ timestamp: '1700000000', mac: Buffer.alloc(32, byte) }));
    if (first === undefined || second === undefined) throw new Error('no requests');
    expect([guard.isNew(first), guard.isNew(first)]).toEqual([true, false]);
    now = 600_001;
    expect([guard.isNew(second), guard.isNew(second), guard.isNew(first)]).toEqual([true, false, true]);
  });
});
