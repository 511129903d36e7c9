/** Http mode as the internet sees it: forged, stale, repeated, huge, slow and many requests. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CHANNEL, startedRig } from '../slack/support/rig.ts';
import { rawSlack } from './support/raw-slack.ts';

const SECRET = 'a signing secret';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const form = (over: Record<string, string> = {}): string =>
  new URLSearchParams({
    command: '/nginx-status',
    text: 'help',
    user_id: 'U0LOCALANA',
    channel_id: CHANNEL,
    team_id: 'T0LOCALTEAM',
    ...over,
  }).toString();
const seconds = (shift = 0): string => String(Math.floor(Date.now() / 1000) + shift);
const sign = (body: string, at: string): string =>
  createHmac('sha256', SECRET).update(`v0:${at}:${body}`).digest('hex');

/** Writes raw bytes, gives what is answered until the peer closes or `enough` fits. */
function talk(port: number, bytes: string, enough = /^HTTP\/1\.1 \d+[\s\S]*\r\n\r\n/): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let heard = '';
    socket.on('data', (data) => {
      heard += String(data);
      if (!enough.test(heard)) return;
      resolve(heard);
      socket.destroy();
    });
    socket.on('error', () => resolve(heard));
    socket.on('close', () => resolve(heard));
  });
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

function request(headers: readonly string[], body: string, type = 'application/x-www-form-urlencoded'): string {
  const lines = ['POST /slack/events HTTP/1.1', 'host: x', `content-type: ${type}`, ...headers];
  return `${lines.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
const signed = (body: string, at = seconds()): string[] => [
  `x-slack-request-timestamp: ${at}`,
  `x-slack-signature: v0=${sign(body, at)}`,
];

async function http() {
  const port = await freePort();
  const made = await startedRig({ config: { mode: 'http', port }, tokens: { signingSecret: SECRET } });
  return { ...made, port };
}

describe('a request', () => {
  it.each([
    ['without any header', []],
    ['without a timestamp', ['x-slack-signature: v0='.padEnd(80, 'a')]],
    ['with a signature of another form', [`x-slack-request-timestamp: ${seconds()}`, 'x-slack-signature: v1=abc']],
    ['that is stale', [`x-slack-request-timestamp: ${seconds(-400)}`, `x-slack-signature: v0=${'a'.repeat(64)}`]],
    ['from the future', [`x-slack-request-timestamp: ${seconds(400)}`, `x-slack-signature: v0=${'a'.repeat(64)}`]],
    [
      'with a timestamp that is no number',
      ['x-slack-request-timestamp: NaN', `x-slack-signature: v0=${'a'.repeat(64)}`],
    ],
  ])('%s is refused before its body is sent', async (_what, headers) => {
    const { port } = await http();
    const head = request(headers, 'x'.repeat(1_000)).split('\r\n\r\n')[0];
    expect(statusOf(await talk(port, `${head}\r\n\r\n`))).toBe(401);
  });

  it('of more than 256 KB is refused before its body is sent, and in pieces when it gets there', async () => {
    const { port } = await http();
    const headers = [`x-slack-request-timestamp: ${seconds()}`, `x-slack-signature: v0=${'a'.repeat(64)}`];
    const head = request(headers, 'x'.repeat(262_145)).split('\r\n\r\n')[0];
    expect(statusOf(await talk(port, `${head}\r\n\r\n`))).toBe(413);
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const chunked = ['POST /slack/events HTTP/1.1', 'host: x', 'transfer-encoding: chunked', ...headers].join('\r\n');
    expect(statusOf(await talk(port, `${chunked}\r\n\r\n${piece.repeat(5)}`))).toBe(413);
  });

  it('counts once, however its signature is spelled', async () => {
    const { port } = await http();
    const body = form({ text: 'slots' });
    const at = seconds();
    const mac = sign(body, at);
    const spelled = async (signature: string, timestamp = at, more: string[] = []) =>
      statusOf(
        await talk(
          port,
          request([`x-slack-request-timestamp:${timestamp}`, `x-slack-signature:${signature}`, ...more], body),
        ),
      );
    expect(await spelled(`v0=${mac}`)).toBe(200);
    for (const again of [
      `v0=${mac}`,
      `v0=${mac}=x`,
      `v0=${mac}=`,
      `v0=${mac.toUpperCase()}`,
      `V0=${mac}`,
      `v0=${mac},`,
      `v0=${mac} `,
      ` \t v0=${mac}\t`,
      `v0= ${mac}`,
      `v0=${mac};x`,
      `v0=${mac},v0=${mac}`,
      `v0=${mac}\u00a0`,
      `v0=${mac}0`,
      `v0==${mac}`,
    ]) {
      expect(await spelled(again), again).toBe(401);
    }
    for (const timestamp of [` ${at}`, `0${at}`, `+${at}`, `${at}.0`, `${at}e0`, `${at},${at}`]) {
      expect(await spelled(`v0=${mac}`, timestamp), timestamp).toBe(401);
    }
    expect(await spelled(`v0=${mac}`, at, [`x-slack-signature: v0=${mac}`])).toBe(401);
  });

  it('counts once when it comes twice at the same time', async () => {
    const { port, ports } = await http();
    const body = form({ text: 'mute 1h' });
    const whole = request(signed(body), body);
    const both = await Promise.all([talk(port, whole), talk(port, whole)]);
    expect(both.map(statusOf).sort()).toEqual([200, 401]);
    await vi.waitFor(() => expect(ports.muted).toHaveLength(1));
  });

  it('is refused when its body is not what was signed', async () => {
    const { port } = await http();
    expect(statusOf(await talk(port, request(signed(form()), form({ text: 'audit' }))))).toBe(401);
  });

  it.each([
    ['null', 'application/json', 'null', 400],
    ['an array', 'application/json', '[]', 400],
    ['a string', 'application/json', '"x"', 400],
    ['a number', 'application/json', '1', 400],
    ['no JSON', 'application/json', '{', 400],
    ['nothing', 'application/json', '', 400],
    ['deep arrays', 'application/json', '['.repeat(100_000) + ']'.repeat(100_000), 400],
    ['an event null', 'application/json', '{"type":"event_callback","team_id":"T1","event":null}', 400],
    ['a payload null in a form', undefined, 'payload=null', 400],
    ['a payload that is cut', undefined, 'payload=%7B%22type', 400],
    ['a click without actions', undefined, 'payload={"type":"block_actions","user":{"id":"U0LOCALANA"}}', 400],
    ['a view submission without a state', undefined, 'payload={"type":"view_submission","view":{}}', 200],
    ['a command of another app', undefined, 'command=/other&user_id=U1', 200],
    ['a check of the certificate', undefined, 'ssl_check=1', 200],
    [
      'an event that nobody listens to',
      'application/json',
      '{"type":"event_callback","event":{"type":"message"}}',
      200,
    ],
    ['a charset beside the type', 'application/x-www-form-urlencoded; charset=utf-8', form({ text: 'gap' }), 200],
  ])('that is signed and says %s is answered, and the service goes on', async (_what, type, body, status) => {
    const { port } = await http();
    expect(statusOf(await talk(port, request(signed(body), body, type)))).toBe(status);
    expect(statusOf(await talk(port, request(signed(form()), form())))).toBe(200);
  });

  it('of Slack that checks the address is answered with its words', async () => {
    const { port } = await http();
    const body = '{"type":"url_verification","challenge":"3eZbrw1aB","token":"x"}';
    const answer = await talk(port, request(signed(body), body, 'application/json'), /3eZbrw1aB/);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('{"challenge":"3eZbrw1aB"}');
    const odd = '{"type":"url_verification","challenge":{"a":1}}';
    expect(statusOf(await talk(port, request(signed(odd), odd, 'application/json')))).toBe(400);
  });

  it.each([
    ['GET', 'GET /slack/events HTTP/1.1\r\nhost: x\r\n\r\n', 404],
    ['another path', 'POST /slack/install HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 404],
    ['a path that is no address', 'POST // HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 404],
    ['20 KB of headers', `POST /slack/events HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
    ['no HTTP', '\u0016\u0003\u0001\u0002\r\n\r\n', 400],
  ])('by %s is refused', async (_what, bytes, status) => {
    const { port } = await http();
    expect(statusOf(await talk(port, bytes))).toBe(status);
    expect(statusOf(await talk(port, request(signed(form()), form())))).toBe(200);
  });
});

it('listens on 127.0.0.1 unless the config names another address', async () => {
  const { port } = await http();
  const [other] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  const elsewhere = connect(port, other?.address ?? '127.0.0.2');
  const [error] = (await once(elsewhere, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  const open = await freePort();
  await startedRig({ config: { mode: 'http', port: open, host: '127.0.0.2' }, tokens: { signingSecret: SECRET } });
  const there = connect(open, '127.0.0.2');
  await once(there, 'connect');
  there.destroy();
});

interface Bot {
  readonly port: number;
  rssKb(): number;
  /** Sends SIGTERM; the time until the process has ended. */
  end(): Promise<number>;
}

async function bot(): Promise<Bot> {
  const peer = await rawSlack();
  const port = await freePort();
  const entry = join(import.meta.dirname, 'support/http-bot.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', entry, String(port), peer.apiUrl, SECRET], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return {
    port,
    rssKb: () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]),
    async end() {
      const startedAt = performance.now();
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      return performance.now() - startedAt;
    },
  };
}

async function open(port: number, count: number, bytes: (index: number) => string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(
    sockets.map(async (socket, index) => {
      socket.on('error', () => {}).resume();
      await once(socket, 'connect');
      await new Promise((written) => socket.write(bytes(index), written));
    }),
  );
  return sockets;
}

const UNFINISHED = [`x-slack-request-timestamp: ${seconds()}`, `x-slack-signature: v0=${'a'.repeat(64)}`];
const HALVES: readonly (readonly [what: string, bytes: (index: number) => string])[] = [
  ['half a header each', () => 'POST /slack/events HTTP/1.1\r\nhost: x\r\nx-slack'],
  ['a body that is cut short of 250 KB', () => request(UNFINISHED, 'x'.repeat(250_000)).slice(0, -1)],
  ['a connection and nothing', () => ''],
];

describe('many half requests', () => {
  it.each(HALVES)(
    'of %s cost less than 30 MB and keep no good request out',
    async (_what, bytes) => {
      const { port, rssKb } = await bot();
      // V8 makes its heap larger once, when a server first works.
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 50 }, () => talk(port, request([], form()))));
      }
      const before = rssKb();
      const sockets = await open(port, 200, bytes);
      const startedAt = performance.now();
      const good = form({ text: 'audit' });
      expect(statusOf(await talk(port, request(signed(good), good)))).toBe(200);
      expect(performance.now() - startedAt).toBeLessThan(1_500);
      expect(rssKb() - before).toBeLessThan(30 * 1024);
      await open(port, 800, bytes);
      const later = form({ text: 'fds' });
      expect(statusOf(await talk(port, request(signed(later), later)))).toBe(200);
      await vi.waitFor(() => expect(sockets.every(({ closed }) => closed)).toBe(true), 15_000);
    },
    60_000,
  );

  it.each(HALVES)(
    'of %s do not keep the process from ending',
    async (_what, bytes) => {
      const { port, end } = await bot();
      await open(port, 50, bytes);
      await talk(port, request(signed(form()), form()));
      expect(await end()).toBeLessThan(5_000);
    },
    30_000,
  );

  it('that are dripped byte by byte end after ten seconds', async () => {
    const { port } = await bot();
    const whole = request(UNFINISHED, 'x'.repeat(1_000));
    const sockets = await open(port, 2, (index) => (index === 0 ? whole.slice(0, 20) : whole.slice(0, -900)));
    const startedAt = performance.now();
    const drip = setInterval(() => sockets.forEach((socket) => void socket.write('x')), 200);
    await vi.waitFor(() => expect(sockets.every(({ closed }) => closed)).toBe(true), 20_000);
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeGreaterThan(5_000);
    expect(performance.now() - startedAt).toBeLessThan(13_000);
  }, 30_000);
});
