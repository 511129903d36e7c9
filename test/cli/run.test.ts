/** The built binary as a process, on a real nginx in a real failure, with the local Slack as its workspace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadScenario } from '../../src/demo/lab/catalogue.ts';
import type { Lab } from '../../src/demo/lab/lab.ts';
import { findNginxBinary } from '../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../src/demo/lab/run-scenario.ts';
import { createLocalSlack, type LocalSlack } from '../../src/demo/local-slack/local-slack.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const CHANNEL = 'C0INCIDENTS';

let folder: string;
let slack: LocalSlack;
const bots: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-run-'));
  slack = await createLocalSlack();
});
afterEach(async () => {
  for (const bot of bots.splice(0)) if (bot.exitCode === null && bot.signalCode === null) bot.kill('SIGKILL');
  await slack.close();
  rmSync(folder, { recursive: true, force: true });
});

function startBot(lab: Lab): ChildProcess {
  const config = join(folder, 'gapwatch.yml');
  writeFileSync(
    config,
    JSON.stringify({
      host: 'web-1',
      nginx: { pidFile: lab.nginx.pidFile },
      store: { path: join(folder, 'gapwatch.db') },
      slack: { channel: CHANNEL },
      incidents: { closeAfterMs: 3000, calmAfterMs: 1000 },
    }),
  );
  const bot = spawn(process.execPath, [BINARY, 'run', '-c', config, '--events', join(folder, 'events.ndjson')], {
    env: {
      ...process.env,
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      GAPWATCH_LOG_LEVEL: 'error',
    },
    stdio: 'ignore',
  });
  bots.push(bot);
  return bot;
}

const events = (): { type: string; incident?: { id: string; cause: string } }[] =>
  readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const text = (of: unknown): string => JSON.stringify(of);

describe('gapwatch run', () => {
  it('continues in the same message after SIGKILL during an incident, and answers while nginx refuses clients', async () => {
    const stop = new AbortController();
    let bot: ChildProcess | null = null;
    await runScenario(await loadScenario('slow-upstream'), {
      binary: await findNginxBinary(process.env.PATH ?? ''),
      signal: stop.signal,
      baselineSeconds: 3,
      faultSeconds: 0,
      onReady(lab) {
        bot = startBot(lab);
      },
      async onFaultOver(lab) {
        const opened = await slack.until(() => slack.messages(CHANNEL)[0], 40_000);
        expect(text(opened.blocks)).toContain('Slow upstream on web-1');
        bot?.kill('SIGKILL');
        await vi.waitFor(() => expect(slack.sockets.connections).toBe(0), 10_000);
        startBot(lab);
        // A request during the start waits for it, which the measurement below must not include.
        await vi.waitFor(() => expect(slack.sockets.connections).toBe(2), 30_000);
        await slack.until(() => text(slack.messages(CHANNEL)[0]?.blocks).includes('Critical'), 40_000);

        const asked = performance.now();
        await slack.sendCommand('/nginx-status', { channel: CHANNEL });
        const answer = await slack.until(() => slack.ephemerals(CHANNEL).at(-1), 10_000);
        expect(performance.now() - asked).toBeLessThan(3000);
        expect(text(answer)).toMatch(/slots/);

        lab.stopLoad();
        await slack.until(() => text(slack.messages(CHANNEL)[0]?.blocks).includes('esolved'), 60_000);
        const parents = slack
          .messages(CHANNEL)
          .filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts);
        expect(parents).toHaveLength(1);
        expect(parents[0]?.metadata).toMatchObject({ event_type: 'gapwatch_incident' });
        const thread = text(slack.thread(CHANNEL, parents[0]?.ts ?? ''));
        expect(thread).toMatch(/esolved/);
      },
    });
    const last = bots.at(-1);
    const ended = last === undefined ? Promise.resolve([null]) : once(last, 'exit');
    last?.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const opened = events().filter((event) => event.type === 'incident.opened');
    expect(opened.map((event) => event.incident?.cause)).toEqual(['slow-upstream']);
    expect(events().at(-1)?.type).toBe('stopped');
  }, 150_000);
});
