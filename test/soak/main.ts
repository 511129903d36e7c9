/**
 * `npm run soak [-- MINUTES] [outage|strangers] [--cpu-prof]`: the built service under two loads, 16 minutes unless told: an outage of 2,000
 * upstream servers, and lines in which every client and server is another one. Prints a table and exits with 1 when a
 * bound is broken. CPU and memory are the process's own; a busy machine makes only the acknowledgements late.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadScenario } from '../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../src/demo/lab/run-scenario.ts';
import { atMost, type Row } from '../bench/row.ts';
import { type Pace, startLoad } from './load.ts';
import { type Second, type Watched, watched } from './watched.ts';

const OUTAGE: Pace = { errorLinesPerSecond: 300, accessLinesPerSecond: 0, peers: 2_000 };
const STRANGERS: Pace = { errorLinesPerSecond: 60, accessLinesPerSecond: 600, peers: Number.POSITIVE_INFINITY };
const words = process.argv.slice(2);
const nodeOptions = words.filter((word) => word.startsWith('--'));
const minutes = Number(words.find((word) => /^[\d.]+$/.test(word)) ?? 16);
const named = words.filter((word) => /^[a-z]+$/.test(word));
const wants = (load: string): boolean => named.length === 0 || named.includes(load);
const MINUTE_MS = 60_000;
const OUTAGE_MINUTES = 2;
const IDLE_MS = 20_000;
const SETTLE_MS = 10_000;
/** An incident that is open keeps the short interval for a minute after the last line: a little more than idle. */
const IDLE_AGAIN_PERCENT = 1.5;

const cpuPercent = (seconds: readonly Second[]): number => {
  const [first, last] = [seconds[0], seconds.at(-1)];
  return first === undefined || last === undefined
    ? Number.NaN
    : ((last.cpuMs - first.cpuMs) / (last.at - first.at)) * 100;
};
const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const part = <T>(list: readonly T[], from: number, to: number): readonly T[] =>
  list.slice(Math.floor(list.length * from), Math.ceil(list.length * to));

function print(row: Row): Row {
  const verdict = row.met === null ? '' : row.met ? 'met' : 'NOT MET';
  process.stdout.write(`| ${row.name} | ${row.value.toFixed(1)} ${row.unit} | ${row.target ?? ''} | ${verdict} |\n`);
  return row;
}

/** The seconds of the service's life while `work` runs. */
async function during(live: Watched, work: () => Promise<void>): Promise<readonly Second[]> {
  const from = live.seconds().length;
  await work();
  return live.seconds().slice(from);
}

async function underLoad(live: Watched, pace: Pace, ms: number): Promise<readonly Second[]> {
  return during(live, async () => {
    const load = startLoad(live.files, pace);
    await sleep(ms);
    load.stop();
  });
}

function loadRows(name: string, seconds: readonly Second[], mostCpu: number): Row[] {
  const growth =
    median(part(seconds, 0.75, 1).map(({ rss }) => rss)) - median(part(seconds, 0.25, 0.5).map(({ rss }) => rss));
  return [
    atMost(`${name}: CPU`, cpuPercent(seconds), '% of a core', mostCpu),
    atMost(`${name}: CPU of the last quarter`, cpuPercent(part(seconds, 0.75, 1)), '% of a core', mostCpu),
    atMost(`${name}: event loop blocked, longest`, largest(seconds.map(({ blockedMs }) => blockedMs)), 'ms', 200),
    atMost(`${name}: resident memory, most`, largest(seconds.map(({ rss }) => rss)), 'MiB', 200),
    atMost(`${name}: resident memory, growth from the second to the last quarter`, growth, 'MiB', 10),
  ];
}

async function soak(live: Watched): Promise<Row[]> {
  const rows: Row[] = [];
  const say = (more: readonly Row[]): void => void rows.push(...more.map(print));
  await sleep(SETTLE_MS);
  const idle = cpuPercent(await during(live, () => sleep(IDLE_MS)));
  say([{ name: 'idle: CPU', value: idle, unit: '% of a core', target: null, met: null }]);
  if (wants('outage'))
    say(loadRows('outage', await underLoad(live, OUTAGE, Math.min(OUTAGE_MINUTES, minutes) * MINUTE_MS), 25));
  if (wants('strangers')) say(loadRows('strangers', await underLoad(live, STRANGERS, minutes * MINUTE_MS), 15));
  await sleep(SETTLE_MS);
  const after = cpuPercent(await during(live, () => sleep(IDLE_MS)));
  say([
    atMost('silent for 10 s: CPU above idle', after - idle, '% of a core', IDLE_AGAIN_PERCENT),
    atMost(
      'Slack: questions without an answer in time',
      live.asked.filter(({ error }) => error !== null).length,
      `of ${live.asked.length}`,
      0,
    ),
    atMost('Slack: slowest acknowledgement', largest(live.asked.map(({ tookMs }) => tookMs)), 'ms', 3_000),
    { name: 'store', value: live.storeMib(), unit: 'MiB', target: null, met: null },
  ]);
  return rows;
}

process.stdout.write('| what | measured | bound | |\n| --- | --- | --- | --- |\n');
const rows: Row[] = [];
await runScenario(await loadScenario('quiet-idle'), {
  binary: await findNginxBinary(process.env.PATH ?? ''),
  signal: new AbortController().signal,
  baselineSeconds: 0,
  faultSeconds: 0,
  onReady: ({ nginx }) =>
    watched(nginx.pidFile, nodeOptions, async (live) => {
      rows.push(...(await soak(live)));
    }),
});
process.exitCode = rows.some(({ met }) => met === false) ? 1 : 0;
