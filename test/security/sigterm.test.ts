/** `gapwatch run` ends within five seconds of SIGTERM, whatever hangs around it. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLocalSlack, type LocalSlack } from '../../src/demo/local-slack/local-slack.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const CHANNEL = 'C0INCIDENTS';
const PROMISED_MS = 5_000;

async function listening(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Accepts and says nothing. */
async function silence() {
  const asked = vi.fn();
  const port = await listening((socket) => asked(socket.on('error', () => {}).resume()));
  return { port, asked };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function service(slack: object, env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-sigterm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'gapwatch.yml');
  const page = await silence();
  const stubStatusUrl = `http://127.0.0.1:${page.port}/status`;
  const settings = {
    host: 'web-1',
    nginx: { pidFile: join(folder, 'none.pid'), stubStatusUrl },
    probes: { timeoutMs: 10_000 },
    store: { path: join(folder, 'gapwatch.db') },
    slack: { channel: CHANNEL, ...slack },
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
  const child = spawn(process.execPath, [BINARY, 'run', '-c', config], {
    env: { ...process.env, GAPWATCH_LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  return {
    log: () => log,
    said: (words: RegExp) => vi.waitFor(() => expect(log).toMatch(words), 15_000),
    /** The status page, which says nothing, is being asked. */
    looks: () => vi.waitFor(() => expect(page.asked).toHaveBeenCalled(), 10_000),
    /** The exit code, in time. */
    async end(): Promise<unknown> {
      const startedAt = performance.now();
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await gone;
      expect(performance.now() - startedAt, log).toBeLessThan(PROMISED_MS);
      return code;
    },
  };
}

async function localSlack() {
  const bench = await createLocalSlack();
  onTestFinished(() => bench.close());
  const { apiUrl, botToken, appToken, signingSecret } = bench;
  const tokens = { SLACK_API_URL: apiUrl, SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret };
  return { bench, env: { ...tokens, SLACK_APP_TOKEN: appToken } };
}

const called = (bench: LocalSlack, wanted: string) =>
  vi.waitFor(() => expect(bench.calls.map(({ method }) => method)).toContain(wanted), 15_000);

const hangs = { method: '*', kind: 'hang', times: 1_000 } as const;

describe('SIGTERM', () => {
  it('ends it in http mode, with connections open, requests half sent and calls that hang', async () => {
    const { bench, env } = await localSlack();
    const port = await freePort();
    const { said, looks, end } = await service({ mode: 'http', port }, env);
    await said(/connected to Slack/);
    await looks();
    bench.faults.add(hangs);
    const body = new URLSearchParams({
      command: '/nginx-status',
      text: 'mute 1h',
      user_id: 'U0LOCALANA',
      channel_id: CHANNEL,
      team_id: 'T0LOCALTEAM',
      response_url: `http://127.0.0.1:${(await silence()).port}/`,
    }).toString();
    const at = String(Math.floor(Date.now() / 1000));
    const mac = createHmac('sha256', bench.signingSecret).update(`v0:${at}:${body}`).digest('hex');
    const headers = [
      'POST /slack/events HTTP/1.1',
      'host: x',
      'content-type: application/x-www-form-urlencoded',
      `x-slack-request-timestamp: ${at}`,
      `x-slack-signature: v0=${mac}`,
    ];
    const whole = `${headers.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    for (const bytes of ['', 'POST /sla', whole.slice(0, -1), whole]) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      socket.write(bytes);
      if (bytes === whole) await once(socket, 'data');
    }
    await called(bench, 'users.info');
    expect(await end()).toBe(0);
  }, 40_000);

  it('ends it on sockets that went silent, with calls that hang', async () => {
    const { bench, env } = await localSlack();
    const { said, looks, end } = await service({}, env);
    await said(/connected to Slack/);
    await looks();
    bench.faults.add(hangs);
    void bench.sendCommand('/nginx-status mute 1h');
    await called(bench, 'users.info');
    bench.sockets.halfOpen();
    expect(await end()).toBe(0);
  }, 40_000);

  it('ends it while Slack is asked who we are and says nothing', async () => {
    const { bench, env } = await localSlack();
    bench.faults.add(hangs);
    const { end } = await service({}, env);
    await called(bench, 'auth.test');
    expect(await end()).toBe(0);
  }, 40_000);

  it('ends it while it waits for its next try at a Slack that refuses connections', async () => {
    const { bench, env } = await localSlack();
    const { said, looks, end } = await service({}, env);
    await said(/connected to Slack/);
    await looks();
    bench.faults.add({ method: 'apps.connections.open', kind: 'http-error', status: 503, times: 1_000 });
    bench.sockets.drop();
    const tries = () => bench.calls.filter(({ method }) => method === 'apps.connections.open').length;
    await vi.waitFor(() => expect(tries()).toBeGreaterThan(6), 20_000);
    expect(await end()).toBe(0);
  }, 60_000);
});
