/**
 * The digest's figures: how far its forecast is off against a naive and a linear one, how long a week of 5 s samples
 * takes to summarise, what a host costs in the store, what a picture takes, how long the audit of a large configuration takes.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_HOST } from '../../src/audit/rule.ts';
import { recordDemoTraffic } from '../../src/demo/demo-traffic.ts';
import { digestChart } from '../../src/digest/chart.ts';
import { forecast } from '../../src/digest/forecast.ts';
import { median } from '../../src/digest/order.ts';
import { loadMeanings } from '../../src/service/load-meanings.ts';
import { audit } from '../../src/service/reports/audit-report.ts';
import { readConfigText } from '../../src/service/reports/audited-config.ts';
import { digestOf } from '../../src/service/reports/digest-report.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { atLeast, atMost, type Row } from './row.ts';
import { type DaySeries, daySeries } from './support/day-series.ts';

const HORIZON = 7;
const FIRST_ORIGIN = 14;
const MOST_HISTORY = 28;
const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-21T00:00:00Z');

interface Tried {
  readonly name: string;
  /** Mean absolute errors over all origins and the seven days after each, as shares of the limit. */
  readonly own: number;
  readonly naive: number;
  readonly linear: number;
  /** Share of days inside the 80 % interval. */
  readonly covered: number;
}

/** Least squares through the history. */
function linearAt(history: readonly number[]): (ahead: number) => number {
  const n = history.length;
  const meanX = (n - 1) / 2;
  const meanY = history.reduce((sum, value) => sum + value, 0) / n;
  const slope = history.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0) / ((n * (n * n - 1)) / 12);
  return (ahead) => meanY + slope * (n - 1 + ahead - meanX);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function backtest({ name, values }: DaySeries): Tried {
  const [own, naive, linear, covered]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let origin = FIRST_ORIGIN; origin + HORIZON <= values.length; origin++) {
    const history = values.slice(Math.max(0, origin - MOST_HISTORY), origin);
    const days = history.map((value, index) => ({ day: index - history.length, value }));
    const line = linearAt(history);
    for (const { day, value, low, high } of forecast(days, HORIZON).points) {
      const truth = values[origin + day - 1] ?? Number.NaN;
      own.push(Math.abs(value - truth));
      naive.push(Math.abs((history.at(-1) ?? 0) - truth));
      linear.push(Math.abs(line(day) - truth));
      covered.push(truth >= low && truth <= high ? 1 : 0);
    }
  }
  return { name, own: mean(own), naive: mean(naive), linear: mean(linear), covered: mean(covered) };
}

function backtestRows(): Row[] {
  const tried = daySeries().map(backtest);
  const points = (share: number): string => (share * 100).toFixed(1);
  return [
    ...tried.map(
      ({ name, own, naive, linear, covered }): Row => ({
        name: `forecast, ${name}: mean error over 7 days (naive ${points(naive)}, linear ${points(linear)}; ${points(covered)} % in the interval)`,
        value: own * 100,
        unit: '% of the limit',
        target: null,
        met: null,
      }),
    ),
    {
      name: `forecast: series of ${tried.length} on which naive or linear errs less by a tenth or more`,
      value: tried.filter(({ own, naive, linear }) => own > 1.1 * Math.min(naive, linear)).length,
      unit: 'series',
      target: null,
      met: null,
    },
    atMost('forecast, all series: median error against naive', median(tried.map((t) => t.own / t.naive)), 'x', 1),
    atMost('forecast, all series: median error against linear', median(tried.map((t) => t.own / t.linear)), 'x', 1),
    atLeast('forecast, all series: days inside the 80 % interval', mean(tried.map((t) => t.covered)) * 100, '%', 80),
  ];
}

function sizeRows(store: Store, path: string): Row[] {
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM;');
  const perDay = (table: string): number => {
    const row = store.database.prepare(`SELECT sum(pgsize) AS bytes FROM dbstat WHERE name = '${table}'`).get();
    return Number(row?.bytes ?? 0);
  };
  const mib = 1_048_576;
  const series = store.database.prepare('SELECT count(*) AS n FROM series').get()?.n;
  return [
    atMost(`store after a week of 5 s samples of ${series} series, one host`, statSync(path).size / mib, 'MiB', 60),
    { name: 'store, raw, the newest 48 h', value: perDay('series_raw') / mib, unit: 'MiB', target: null, met: null },
    { name: 'store, minutes, a day', value: perDay('series_1m') / 7 / 1024, unit: 'KiB', target: null, met: null },
    atMost('store, quarters of an hour, a day: what a day costs for ever', perDay('series_15m') / 7 / 1024, 'KiB', 300),
    atMost('store, response times of two upstream peers, a day', perDay('latency') / 7 / 1024, 'KiB', 100),
  ];
}

function weekRows(): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-bench-'));
  const path = join(folder, 'gapwatch.db');
  const store = openStore(path);
  try {
    recordDemoTraffic(store, { host: 'web-1', now: NOW, days: 7, stepMs: 5_000, oldStepMs: 5_000 });
    const request = {
      host: 'web-1',
      timezone: 'Europe/Berlin',
      retentionDays: 30,
      now: NOW,
      lastMs: 7 * DAY_MS,
      meanings: loadMeanings([]),
    };
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      digestOf(store, request);
      return performance.now() - start;
    });
    const { picture } = digestOf(store, request);
    const start = performance.now();
    if (picture !== null) digestChart(picture);
    const drawn = performance.now() - start;
    return [
      atMost('a week of 5 s samples summarised, best of 3', Math.min(...times), 'ms', 1_000),
      { name: 'picture of the digest drawn, the first one', value: drawn, unit: 'ms', target: null, met: null },
      ...sizeRows(store, path),
    ];
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SITES = 4_000;

/** Sites as control panels write them: an upstream, two locations, logs and a status page each. */
function manySites(): string {
  const site = (i: number): string => `
upstream app${i} { server app${i}.internal:8080; server 10.${i >> 8}.${i & 255}.1:8080; keepalive 4; }
server {
    listen 80; listen 443 ssl; server_name s${i}.example.com www.s${i}.example.com;
    access_log /var/log/nginx/s${i}.log; error_log /var/log/nginx/s${i}.err;
    location / { proxy_pass http://app${i}; proxy_set_header Host $host; proxy_read_timeout 9s; }
    location ~ \\.php$ { fastcgi_pass unix:/run/php${i}.sock; }
    location = /status { stub_status; allow 127.0.0.1; deny all; }
}`;
  return `events { worker_connections 4096; }\nhttp {${Array.from({ length: SITES }, (_, i) => site(i)).join('')}\n}`;
}

async function auditRows(): Promise<Row[]> {
  const text = manySites();
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    await audit(readConfigText({ text }, { version: null }).settings, NO_HOST);
    times.push(performance.now() - start);
  }
  return [atMost('audit of a configuration with 4,000 sites, best of 3', Math.min(...times), 'ms', 1_000)];
}

export async function benchDigest(): Promise<Row[]> {
  return [...backtestRows(), ...weekRows(), ...(await auditRows())];
}
