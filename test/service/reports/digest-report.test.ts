import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Settings } from '../../../src/core/settings.ts';
import { outlookOf } from '../../../src/digest/lead.ts';
import { parseFragment } from '../../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../../src/nginx/effective.ts';
import { loadMeanings } from '../../../src/service/load-meanings.ts';
import { type DigestRequest, digestOf } from '../../../src/service/reports/digest-report.ts';
import { createSettingsHistory } from '../../../src/service/settings-history.ts';
import { openServiceStore, openStore, type Store } from '../../../src/store/store.ts';
import { incidentAt, recordTraffic } from '../support/recorded-traffic.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Saturday. */
const NOW = Date.parse('2026-11-21T09:00:00Z');

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

const request = (lastMs = DAY_MS, timezone = 'UTC'): DigestRequest => ({
  host: 'web-1',
  meanings: loadMeanings([]),
  timezone,
  retentionDays: 60,
  now: NOW,
  lastMs,
});
const report = (lastMs?: number) => digestOf(store, request(lastMs)).report;
const summaryOf = (asked = request()) => digestOf(store, asked).summary;
const text = (lastMs?: number): string => {
  const { lead, lines, table, footnotes } = report(lastMs);
  return [lead, ...lines, ...(table ?? []).map((row) => row.join(' | ')), ...footnotes].join('\n');
};

function settings(config: string): Settings {
  return deriveSettings(parseFragment(config, '/etc/nginx/nginx.conf'), {
    origin: 'live',
    version: '1.22.1',
    cpus: 2,
    prefix: '/etc/nginx/',
  } as Parameters<typeof deriveSettings>[1]);
}

describe('the digest report', () => {
  it('says that the store works in memory, with and without figures', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapwatch-digest-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const deps = { clock: { now: () => NOW, monotonicMs: () => NOW }, logger: silentLogger };
    const held = openServiceStore(join(folder, 'gapwatch.db'), deps);
    onTestFinished(() => held.close());
    const lines = () => digestOf(held, request()).report.lines.join('\n');
    expect(lines()).not.toContain('memory');
    held.database.exec('PRAGMA max_page_count = 1');
    held.database.transaction(() => held.facts.set('big', 'x'.repeat(1_000_000)));
    const said =
      /^gapwatch works in memory: the store .*gapwatch\.db cannot be written: its file system is full\. This/;
    expect(lines()).toMatch(said);
    expect(digestOf(held, request()).report.snippet).toMatch(/^df -h /);
    recordTraffic(held, { now: NOW, days: 2, limit: 1000, start: 0.4, perDay: 0 });
    expect(lines()).toMatch(said);
  });

  it('is one sentence when nothing was measured', () => {
    expect(report()).toMatchObject({
      lead: 'web-1: no digest, because no slots were measured in this time.',
      table: null,
      snippet: null,
    });
    expect(report().lines).toHaveLength(1);
  });

  it('refuses to forecast from two days', () => {
    recordTraffic(store, { now: NOW, days: 2, limit: 1000, start: 0.4, perDay: 0 });
    expect(report().lead).toMatch(/^web-1 has 2 days of data: fewer than 3 days, so no forecast\. The hottest worker/);
  });

  it('reports no trend for steady traffic with weekends', () => {
    recordTraffic(store, { now: NOW, days: 21, limit: 1000, start: 0.4, perDay: 0 });
    expect(report().lead).toMatch(/^web-1 shows no trend: .* at 29% of its slots\./);
  });

  it('gives the range of the next peak, unless both ends round to the same', () => {
    recordTraffic(store, { now: NOW, days: 21, limit: 1000, start: 0.4, perDay: 0 });
    const summary = summaryOf();
    const between = (low: number, high: number) => {
      const points = summary.forecast.points.map((point) => ({ ...point, low, high }));
      return outlookOf({ ...summary, forecast: { ...summary.forecast, points } });
    };
    expect(between(0.25, 0.31)).toContain('expected at 25–31% of its slots');
    expect(between(0.031, 0.31)).toContain('expected at 3.1–31% of its slots');
    expect(between(0.288, 0.291)).toContain('expected at 29% of its slots');
  });

  it('says in how many days growing traffic reaches 80%, with a range', () => {
    recordTraffic(store, { now: NOW, days: 21, limit: 1000, start: 0.4, perDay: 0.012 });
    expect(report().lead).toMatch(/^web-1 reaches 80% of its slots in about \d+ days \(\d+–\d+\)/);
    const { until80 } = summaryOf();
    // The line crosses 80% on day 33 of the record, a peak on a Thursday; 21 days have passed.
    expect(until80?.days).toBeGreaterThanOrEqual(9);
    expect(until80?.days).toBeLessThanOrEqual(16);
  });

  it('measures peak, p95 and average of each worker and the hour of the day in the time zone', () => {
    recordTraffic(store, { now: NOW, days: 3, limit: 1000, start: 0.5, perDay: 0 });
    const summary = summaryOf(request(DAY_MS, 'America/New_York'));
    const [first, second] = summary.slotsByWorker;
    expect(first?.peak).toBeGreaterThan(480);
    expect(first?.p95).toBeLessThanOrEqual(first?.peak ?? 0);
    expect(first?.average).toBeLessThan(first?.p95 ?? 0);
    expect((second?.peak ?? 0) / (first?.peak ?? 1)).toBeCloseTo(0.8, 2);
    const busiest = [...summary.slotsByHour].sort((a, b) => b.peak - a.peak)[0];
    // 15:00 UTC is 10:00 in New York in November.
    expect([9, 10, 11]).toContain(busiest?.hour);
  });

  it('does not draw a gap as zero and says how much was measured', () => {
    recordTraffic(store, { now: NOW - 12 * HOUR_MS, days: 1, limit: 1000, start: 0.5, perDay: 0, stepMs: 60_000 });
    const summary = summaryOf();
    expect(summary.measuredRatio).toBeCloseTo(0.5, 1);
    expect(summary.slotsByHour.every(({ peak }) => peak > 0)).toBe(true);
    expect(summary.fds).toBeNull();
    expect(report().lead).toContain('Measured 50% of the time only.');
  });

  it('lists losses, near misses and owners, and recommends the fix before more slots', () => {
    recordTraffic(store, { now: NOW, days: 3, limit: 1000, start: 0.9, perDay: 0 }, [
      { metric: 'log.lines', key: 'worker-connections-reuse', at: NOW - HOUR_MS, value: 41 },
      { metric: 'status.dropped', key: '', at: NOW - 2 * HOUR_MS + 1, value: 730 },
    ]);
    const incident = incidentAt(NOW - 5 * HOUR_MS);
    store.incidents.record({ kind: 'opened', at: incident.openedAt, incident, text: '' });
    const said = text();
    expect(said).toContain('Lost: 730 clients in slow-upstream.');
    expect(said).toContain('Counters of nginx and the kernel: 730 connections refused by full workers.');
    expect(said).toContain(
      'Incident: slow-upstream at 2026-11-21 04:00, 12 min, 730 clients lost, acknowledged by U0ALICE.',
    );
    expect(said).toContain('Near misses: 41 lines "reusing connections"');
    expect(said).toContain('Change: Bound the wait for app (/etc/nginx/nginx.conf:9): slow-upstream lost 730 clients.');
    expect(said).toContain('Do not raise worker_connections');
    expect(report().snippet).toBe('proxy_read_timeout 5s;');
    expect(said).toContain('Not measured: kernel drops.');
  });

  it('lists many days worst first, with differences in words', () => {
    recordTraffic(store, { now: NOW, days: 7, limit: 1000, start: 0.5, perDay: 0.02 }, [
      { metric: 'status.dropped', key: '', at: NOW - 3 * DAY_MS + 1, value: 9 },
    ]);
    const [heading, worst, ...others] = report(7 * DAY_MS).table ?? [];
    expect(heading?.[0]).toBe('Day, worst first');
    expect(worst?.[0]).toBe('2026-11-18');
    expect(worst?.[3]).toBe('9');
    const peaks = others.map((row) => Number.parseInt(row[1] ?? '', 10));
    expect(peaks).toEqual([...peaks].sort((a, b) => b - a));
    expect(others.some((row) => /^(up|down) \d/.test(row[2] ?? ''))).toBe(true);
  });

  it('compares each upstream with the day before', () => {
    const peer = '10.0.0.5:9000';
    const seen = (at: number, p95: number, requests: number) => {
      const part = (ms: number, share: number) => [ms, Math.round(share * requests)] as const;
      store.latencies.add(at, [{ peer, counts: [part(20, 0.9), part(p95, 0.06), part(900, 0.04)] }]);
      return { metric: 'upstream.requests', key: peer, at, value: requests };
    };
    recordTraffic(store, { now: NOW, days: 2, limit: 1000, start: 0.5, perDay: 0 }, [
      seen(NOW - 30 * HOUR_MS, 100, 1000),
      // An idle hour with slow answers weighs less than a busy one.
      seen(NOW - 2 * HOUR_MS, 5000, 10),
      seen(NOW - HOUR_MS, 250, 1190),
    ]);
    expect(text()).toContain(
      'Upstream 10.0.0.5:9000: 1,200 requests; p50 20, p95 250, p99 900 ms; p95 up from 100 ms the day before.',
    );
  });

  it('lists directives that changed since yesterday, with places, and blind spots', () => {
    recordTraffic(store, { now: NOW, days: 2, limit: 1000, start: 0.5, perDay: 0 });
    const history = createSettingsHistory(store.facts);
    const blind = { what: 'descriptors', because: 'denied', remedy: 'Run gapwatch as root.' };
    history.record(
      settings('events { worker_connections 512; }\nhttp { keepalive_timeout 65s; }'),
      [],
      NOW - 3 * DAY_MS,
    );
    expect(text()).toContain('Config: unchanged.');
    history.record(
      settings('\n\nevents { worker_connections 1000; }\nhttp { keepalive_timeout 65s; server { listen 81; } }'),
      [blind],
      NOW - HOUR_MS,
    );
    history.record(null, [blind], NOW);
    const said = text();
    expect(said).toContain('Config: worker_connections was 512, is 1000 (/etc/nginx/nginx.conf:3).');
    expect(said).toMatch(/Config: listen 0\.0\.0\.0:81 .*was added \(\/etc\/nginx\/nginx\.conf:4\)\./);
    expect(said).not.toContain('keepalive_timeout');
    expect(said).toContain('Blind spot: descriptors. Run gapwatch as root.');
  });

  it('reports neither reloads nor near misses when the log level hides them', () => {
    recordTraffic(store, { now: NOW, days: 2, limit: 1000, start: 0.5, perDay: 0 });
    createSettingsHistory(store.facts).record(settings('error_log /var/log/nginx/error.log error;'), [], NOW - DAY_MS);
    expect(summaryOf().life).toMatchObject({ reloads: null, nearMisses: null, crashes: 0 });
    expect(text()).toContain('reloads not logged at this error_log level');
  });
});
