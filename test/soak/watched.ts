/** The built service beside an idle nginx and the local Slack, with a meter inside and a person who asks now and then. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalSlack, type LocalSlack } from '../../src/demo/local-slack/local-slack.ts';
import { ACCESS_FORMAT } from './load.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const METER = resolve(import.meta.dirname, 'meter.mjs');

/** One second of the service's life, as meter.mjs writes it. */
export interface Second {
  readonly at: number;
  readonly cpuMs: number;
  readonly longestMs: number;
  readonly blockedMs: number;
  readonly rss: number;
  readonly heap: number;
}

export interface Asked {
  readonly tookMs: number;
  /** Slack's error when no acknowledgement came within its three seconds. */
  readonly error: string | null;
}

export interface Watched {
  readonly files: { readonly error: string; readonly access: string };
  /** What the meter wrote so far. */
  seconds(): readonly Second[];
  readonly asked: readonly Asked[];
  storeMib(): number;
}

const QUESTIONS = ['summary', 'upstreams', 'why', 'log', 'incidents', 'checks', 'digest'];
const ASK_EVERY_MS = 2_000;
const STOP_MS = 10_000;

async function ask(bench: LocalSlack, asked: Asked[], ended: AbortSignal): Promise<void> {
  for (let i = 0; !ended.aborted; i++) {
    const from = performance.now();
    const delivery = await bench.sendCommand(`/nginx-status ${QUESTIONS[i % QUESTIONS.length]}`);
    asked.push({ tookMs: performance.now() - from, error: delivery.ok ? null : delivery.error });
    await sleep(ASK_EVERY_MS, undefined, { signal: ended }).catch(() => {});
  }
}

/** `nodeOptions` for the measured process, such as --cpu-prof. */
export async function watched(
  pidFile: string,
  nodeOptions: readonly string[],
  live: (watched: Watched) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-soak-'));
  const inFolder = (name: string): string => join(folder, name);
  const files = { error: inFolder('error.log'), access: inFolder('access.log') };
  const [meter, store] = [inFolder('meter.ndjson'), inFolder('g.db')];
  for (const path of [files.error, files.access, meter]) writeFileSync(path, '');
  const bench = await createLocalSlack();
  const nginx = { pidFile, errorLogs: [files.error], accessLogs: [{ path: files.access, format: ACCESS_FORMAT }] };
  const slack = { channel: bench.workspace.directory.channels[0]?.id };
  writeFileSync(inFolder('gapwatch.yml'), JSON.stringify({ nginx, slack, store: { path: store } }));
  const { apiUrl: SLACK_API_URL, botToken: SLACK_BOT_TOKEN, appToken: SLACK_APP_TOKEN } = bench;
  const log = openSync(inFolder('stderr'), 'a');
  const service = spawn(
    process.execPath,
    [...nodeOptions, '--import', METER, BINARY, 'run', '-c', inFolder('gapwatch.yml')],
    {
      env: { ...process.env, SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, GAPWATCH_SOAK_METER: meter },
      stdio: ['ignore', 'ignore', log],
    },
  );
  const exit = once(service, 'exit');
  const ended = new AbortController();
  const asked: Asked[] = [];
  const seconds = (): Second[] => {
    if (service.exitCode !== null) throw new Error(`the service ended:\n${readFileSync(inFolder('stderr'), 'utf8')}`);
    const lines = readFileSync(meter, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Second);
  };
  const storeMib = (): number =>
    ['', '-wal'].reduce((sum, end) => sum + (statSync(store + end, { throwIfNoEntry: false })?.size ?? 0), 0) / 2 ** 20;
  try {
    while (bench.sockets.connections === 0) await sleep(100);
    const asking = ask(bench, asked, ended.signal);
    await live({ files, asked, seconds, storeMib });
    ended.abort();
    await asking;
  } finally {
    ended.abort();
    service.kill('SIGTERM');
    const late = setTimeout(() => service.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(late);
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
