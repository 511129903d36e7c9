import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { createLocalSlack, type LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';
import { enter } from './enter.ts';

/** fetch forbids a forged Host header, node:http does not. */
function statusWith(url: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });
}

describe('the local Slack stays local', () => {
  let localSlack: LocalSlack;
  let cookie: string;

  beforeAll(async () => {
    localSlack = await createLocalSlack();
    cookie = await enter(localSlack.pageUrl);
  });

  afterAll(() => localSlack.close());

  it.each(['0.0.0.0', '::', '192.0.2.7', 'example.com'])('refuses to listen on %s', async (host) => {
    await expect(createLocalSlack({ host })).rejects.toMatchObject({
      code: 'USAGE',
      message: `the local Slack refuses to listen on ${host}: it has no real authentication`,
    });
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(localSlack.url).port);
    await expect(createLocalSlack({ port })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`),
    });
  });

  it('listens on localhost and ::1 as well', async () => {
    for (const host of ['localhost', '::1']) {
      const other = await createLocalSlack({ host });
      expect(await statusWith(other.url, { cookie: await enter(other.pageUrl) })).toBe(200);
      await other.close();
    }
  });

  it('refuses a Host that is not this machine (DNS rebinding)', async () => {
    for (const host of ['attacker.example', '127.0.0.1.attacker.example', 'localhost.attacker.example:80']) {
      expect(await statusWith(localSlack.url, { cookie, host })).toBe(403);
      expect(await statusWith(localSlack.pageUrl, { host })).toBe(403);
    }
    expect(await statusWith(localSlack.url, { cookie, host: 'localhost:1234' })).toBe(200);
  });

  it('refuses calls from pages of another origin and never offers CORS', async () => {
    const target = `${localSlack.url}page/say`;
    const json = { cookie, 'content-type': 'application/json' };
    for (const origin of ['http://attacker.example', 'null', 'http://127.0.0.1:1', `https://${new URL(target).host}`]) {
      expect(await statusWith(target, { ...json, origin }, 'POST')).toBe(403);
    }
    expect(await statusWith(target, { ...json, 'sec-fetch-site': 'cross-site' }, 'POST')).toBe(403);
    expect(await statusWith(target, { ...json, 'sec-fetch-site': 'same-site' }, 'POST')).toBe(403);
    expect(await statusWith(target, { ...json, 'sec-fetch-site': 'same-origin' }, 'POST')).toBe(200);
    const origin = localSlack.url.slice(0, -1);
    const preflight = await fetch(target, { method: 'OPTIONS', headers: { cookie, origin } });
    expect(preflight.status).toBe(404);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('accepts actions only as JSON, which a foreign form cannot send', async () => {
    const answer = await fetch(`${localSlack.url}page/say`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ line: '/nginx-status' }),
    });
    expect(answer.status).toBe(400);
  });

  it('opens no socket without a ticket, nor twice with the same one', async () => {
    const dial = (path: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(localSlack.url.replace('http', 'ws').slice(0, -1) + path);
        socket.on('message', (data) => {
          resolve(String(JSON.parse(String(data)).type));
          socket.close();
        });
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await dial('/link/?ticket=guess')).toContain('401');
    const path = localSlack.sockets.newLinkPath();
    expect(await dial(path)).toBe('hello');
    expect(await dial(path)).toContain('401');
    expect(await dial('/elsewhere')).toContain('403');
  });

  it('survives clients that cut the connection during a refusal', async () => {
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    onTestFinished(() => void process.off('uncaughtException', uncaught));
    const { port, host } = new URL(localSlack.url);
    const upgrade = `host: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`;
    for (const path of ['/link/?ticket=guess', '/elsewhere']) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\n${upgrade}`, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    expect(await statusWith(localSlack.url, { cookie })).toBe(200);
    expect(uncaught).not.toHaveBeenCalled();
  });

  it('serves the page with a policy that loads nothing from outside', async () => {
    const answer = await fetch(localSlack.url, { headers: { cookie } });
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await answer.text()).toContain('Local preview, not Slack.');
  });
});
