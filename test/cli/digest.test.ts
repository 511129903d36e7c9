import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { register } from '../../src/cli/commands/digest.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { recordDemoTraffic } from '../../src/demo/demo-traffic.ts';
import { createLocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { openStore } from '../../src/store/store.ts';

let folder: string;
let config: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-digest-'));
  config = join(folder, 'gapwatch.yml');
  writeFileSync(config, JSON.stringify({ host: 'web-1', store: { path: join(folder, 'gapwatch.db') } }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sendTo(channel: string): void {
  const store = { path: join(folder, 'gapwatch.db') };
  writeFileSync(config, JSON.stringify({ host: 'web-1', store, slack: { channel } }));
}

function record(days: number): void {
  const store = openStore(join(folder, 'gapwatch.db'));
  recordDemoTraffic(store, { host: 'web-1', now: Date.now(), days, stepMs: 600_000 });
  store.close();
}

/** Node 26 reads one chunk at a time. */
function written(stream: PassThrough): string {
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += String(chunk);
  return text;
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let code = 0;
  const program = new Command().exitOverride();
  register(program, {
    env,
    stdin: new PassThrough(),
    stdout,
    stderr,
    screen: null,
    logger: silentLogger,
    stopped: new AbortController().signal,
    exit: (given) => {
      code = given;
    },
  });
  await program.parseAsync(['digest', '-c', config, ...args], { from: 'user' });
  return { code, out: written(stdout), err: written(stderr) };
}

describe('gapwatch digest', () => {
  it('prints the digest, and days worst first for a week', async () => {
    record(8);
    const day = await run([]);
    expect(day.code).toBe(0);
    expect(day.out).toMatch(/^Capacity digest: web-1\n {2}web-1 \w/);
    expect(day.out).toContain('Worker, worst first');
    expect((await run(['--last', '7d'])).out).toContain('Day, worst first');
  });

  it('prints facts as JSON and writes the picture', async () => {
    record(4);
    const file = join(folder, 'out.png');
    const { out } = await run(['--json', '--png', file]);
    const facts = JSON.parse(out) as { slotLimit: number; forecast: { daysSeen: number } };
    expect(facts).toMatchObject({ slotLimit: 1024, forecast: { daysSeen: 4 } });
    expect([...readFileSync(file).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('exits with 3 without measurements, and writes no chart', async () => {
    const { code, out, err } = await run([]);
    expect(code).toBe(3);
    expect(out).toContain('no digest, because no slots were measured');
    expect(err).toContain(`there is no store at ${join(folder, 'gapwatch.db')}`);
    const file = join(folder, 'out.png');
    expect(await run(['--png', file])).toMatchObject({ code: 3, err: expect.stringContaining('was not written') });
    expect(readdirSync(folder)).toEqual(['gapwatch.yml']);
  });

  it('posts text and picture with the tokens of the environment, and prints the channel', async () => {
    record(4);
    const slack = await createLocalSlack();
    onTestFinished(() => slack.close());
    const channel = slack.workspace.directory.channels[0]?.id ?? '';
    sendTo(channel);
    const { err } = await run(['--post'], { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken });
    expect(err).toContain(`posted to ${channel}`);
    const [message, ...more] = slack.messages(channel);
    expect(more).toEqual([]);
    expect(JSON.stringify(message?.blocks)).toContain('slack_file');
    // A second socket connection would take events from a service that runs at the same time.
    expect(slack.calls.map(({ method }) => method)).not.toContain('apps.connections.open');
  });

  it('posts a native chart when files may not be uploaded', async () => {
    record(4);
    const slack = await createLocalSlack({
      faults: [{ kind: 'http-error', method: 'files.getUploadURLExternal', error: 'missing_scope' }],
    });
    onTestFinished(() => slack.close());
    const channel = slack.workspace.directory.channels[0]?.id ?? '';
    sendTo(channel);
    await run(['--post'], { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken });
    expect(JSON.stringify(slack.messages(channel)[0]?.blocks)).toContain('data_visualization');
  });

  it('names missing settings before it posts', async () => {
    record(2);
    await expect(run(['--post'])).rejects.toThrow('SLACK_BOT_TOKEN is not set');
    await expect(run(['--last', 'tomorrow'])).rejects.toThrow('is not a duration');
  });
});
