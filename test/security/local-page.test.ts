/** The local Slack as another user of this machine meets it: with its port and without its key. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { enter } from '../demo/local-slack/enter.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JSON_BODY = { 'content-type': 'application/json' };

describe('the local Slack', () => {
  let bench: LocalSlack;
  let cookie: string;
  let image: string;

  beforeAll(async () => {
    bench = await createLocalSlack({ fileScanMs: 0 });
    cookie = await enter(bench.pageUrl);
    bench.workspace.messages.post({ channel: 'C0INCIDENTS', user: 'U0LOCALANA', text: 'a secret of this host' });
    const file = bench.workspace.files.reserve('digest.png');
    bench.workspace.files.fill(file.id, PNG);
    bench.workspace.files.complete(file.id, undefined, undefined);
    image = `/files/${file.id}`;
  });
  afterAll(() => bench.close());

  const ask = (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
    new Promise<{ status: number; text: string; headers: Readonly<Record<string, unknown>> }>((resolve, reject) => {
      const { hostname, port } = new URL(bench.url);
      const call = request({ hostname, port, path, method, headers }, (answer) => {
        let text = '';
        answer.on('data', (data) => (text += String(data)));
        const whole = () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers });
        answer.on('end', whole);
        // A stream of events never ends.
        if (String(answer.headers['content-type']).includes('event-stream')) whole();
      });
      call.on('error', reject);
      call.end(body);
    });

  const PLACES: readonly (readonly [method: string, path: () => string])[] = [
    ['GET', () => '/'],
    ['GET', () => '/page/screen?user=U0LOCALANA&at=C0INCIDENTS'],
    ['GET', () => '/page/events'],
    ['GET', () => '/page/script.js'],
    ['GET', () => '/page/style.css'],
    ['GET', () => '/page/icon.svg'],
    ['GET', () => image],
    ['POST', () => '/page/say'],
    ['POST', () => '/page/click'],
    ['POST', () => '/page/submit'],
    ['POST', () => '/page/close'],
    ['POST', () => '/page/home'],
    ['POST', () => '/page/constructor'],
    ['GET', () => '/nowhere'],
    ['PUT', () => '/'],
    ['GET', () => '//x/page/screen'],
  ];
  const strange = (): Record<string, string>[] => {
    const { pageKey, botToken } = bench;
    const name = cookie.split('=')[0];
    return [
      {},
      { cookie: '' },
      { cookie: `${name}=` },
      { cookie: `${name}=${pageKey.slice(0, -1)}` },
      { cookie: `${name}=${pageKey}0` },
      { cookie: `${name}=${pageKey.toUpperCase()}` },
      { cookie: `gapwatch-1=${pageKey}` },
      { authorization: `Bearer ${pageKey}` },
      { authorization: `Bearer ${botToken}` },
    ];
  };

  it.each(PLACES)('shows and does nothing on %s without its cookie', async (method, path) => {
    const before = bench.messages().length;
    for (const headers of strange()) {
      const body = JSON.stringify({ user: 'U0LOCALANA', channel: 'C0INCIDENTS', line: 'hi' });
      const answer = await ask(method, path(), { ...headers, ...JSON_BODY }, method === 'POST' ? body : '');
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain('secret of this host');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(bench.messages().length).toBe(before);
  });

  it('shows all of it with the cookie', async () => {
    for (const [method, path] of PLACES.slice(0, 7)) expect((await ask(method, path(), { cookie })).status).toBe(200);
    expect((await ask('GET', '/page/screen?user=U0LOCALANA&at=C0INCIDENTS', { cookie })).text).toContain('a secret');
    expect((await ask('POST', '/page/constructor', { cookie, ...JSON_BODY }, '{}')).status).toBe(404);
  });

  it('gives the cookie for the key alone, strictly bound, and takes the key out of the address', async () => {
    const answer = await ask('GET', `/${new URL(bench.pageUrl).search}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe('/');
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^gapwatch-\d+=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    for (const key of ['', 'x', bench.pageKey.slice(1), `${bench.pageKey}0`, bench.botToken]) {
      const refused = await ask('GET', `/?key=${encodeURIComponent(key)}`);
      expect([refused.status, refused.headers['set-cookie']]).toEqual([403, undefined]);
    }
  });

  it('has other secrets at every start, of 128 bits and more', async () => {
    const other = await createLocalSlack();
    const { botToken, appToken, signingSecret, pageKey } = other;
    for (const secret of [botToken, appToken, signingSecret, pageKey]) {
      expect(JSON.stringify(bench)).not.toContain(secret);
      expect(/[0-9a-f]+$/.exec(secret)?.[0].length).toBeGreaterThanOrEqual(32);
    }
    await other.close();
  });

  it.each([
    ['no token', {}, 'not_authed'],
    ['a wrong one', { authorization: 'Bearer xoxb-1000000000-2000000000-0' }, 'invalid_auth'],
    ['the key of the page', { authorization: () => `Bearer ${bench.pageKey}` }, 'invalid_auth'],
    ['the cookie', { cookie: () => cookie }, 'not_authed'],
  ] as const)('answers no Web API call with %s', async (_what, given, error) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, typeof value === 'function' ? value() : value]),
    );
    const before = bench.calls.length;
    for (const method of ['api.test', 'auth.test', 'conversations.history', 'users.list', 'apps.connections.open']) {
      const args = JSON.stringify({ channel: 'C0INCIDENTS', token: undefined });
      const { text } = await ask('POST', `/api/${method}`, { ...headers, ...JSON_BODY }, args);
      expect(JSON.parse(text)).toEqual({ ok: false, error });
    }
    expect(bench.calls.length).toBe(before);
  });

  it('outlives an address that is none', async () => {
    expect((await ask('GET', '//', { cookie })).status).toBe(400);
  });

  it('reads no more than 64 KB of a stranger', async () => {
    const socket = connect(Number(new URL(bench.url).port), '127.0.0.1');
    socket.write(`POST /api/auth.test HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 15000000\r\n\r\n`);
    socket.on('error', () => {});
    const block = Buffer.alloc(65_536, 'x');
    let heard = '';
    socket.on('data', (data) => (heard += String(data)));
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      const push = (): void => {
        if (heard === '' && !socket.destroyed) socket.write(block, () => setImmediate(push));
        else socket.destroy();
      };
      push();
    });
    expect(heard).toMatch(/^HTTP\/1\.1 400/);
    expect(bench.calls).toEqual([]);
  });

  it('takes uploads and answers only at addresses that it gave to the bot', async () => {
    const file = bench.workspace.files.reserve('chart.png');
    for (const path of [
      `/upload/${file.id}`,
      `/upload/${file.ticket.slice(1)}`,
      '/upload/',
      '/commands/T0/1',
      '/actions/x',
    ]) {
      expect((await ask('POST', path, {}, 'x'.repeat(100))).status).toBe(404);
    }
    expect(bench.workspace.files.find(file.id)?.bytes.length).toBe(0);
    expect((await ask('POST', `/upload/${file.ticket}`, {}, 'x')).status).toBe(200);
  });
});
