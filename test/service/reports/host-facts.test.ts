/** Host facts are derived from evidence, and stay null when there is too little of it. */
import { expect, it } from 'vitest';
import type { Evidence, SignalTally } from '../../../src/core/evidence.ts';
import type { SampleOf } from '../../../src/core/sample.ts';
import type { AccessData } from '../../../src/core/samples/access.ts';
import type { WorkerSockets } from '../../../src/core/samples/sockets.ts';
import type { StubStatusCounters } from '../../../src/core/samples/stub-status.ts';
import { hostFactsOf } from '../../../src/service/reports/host-facts.ts';

const EMPTY: Evidence = {
  host: 'web-1',
  asOf: 60_000,
  windowMs: 600_000,
  settings: null,
  latest: {},
  history: {},
  signals: new Map(),
  notObservable: [],
  facts: {},
};

function page(at: number, counters: Partial<StubStatusCounters> | null): SampleOf<'stub-status'> {
  const zero = { active: 1, accepts: 0, handled: 0, requests: 0, reading: 0, writing: 1, waiting: 0 };
  const fresh = { ok: false, latencyMs: 1, reason: 'http-error', detail: '403' } as const;
  return {
    probe: 'stub-status',
    at,
    ok: true,
    data: { url: 'http://127.0.0.1/s', fresh, armed: null, counters: counters && { ...zero, ...counters } },
  };
}

const access = (data: Partial<AccessData>): SampleOf<'access'> => ({
  probe: 'access',
  at: 0,
  ok: true,
  data: {
    intervalMs: 10_000,
    requests: 0,
    unparsed: 0,
    status: {},
    requestMs: null,
    upstreams: [],
    topClients: [],
    ...data,
  },
});

it('computes rates from the first and the last status page', () => {
  const history = {
    'stub-status': [
      page(0, { requests: 100, handled: 100 }),
      page(5000, null),
      page(10_000, { requests: 1100, handled: 300 }),
    ],
  };
  const facts = hostFactsOf({ ...EMPTY, history });
  expect([facts.requestsPerSecond, facts.connectionsPerSecond]).toEqual([100, 20]);
});

it('gives no rate from the few requests of the probes', () => {
  const history = { 'stub-status': [page(0, { requests: 0 }), page(1000, { requests: 4 })] };
  expect(hostFactsOf({ ...EMPTY, history }).requestsPerSecond).toBeNull();
});

it('gives no rate across a restart, when counters fall', () => {
  const history = { 'stub-status': [page(0, { requests: 9000 }), page(1000, { requests: 10 })] };
  expect(hostFactsOf({ ...EMPTY, history }).requestsPerSecond).toBeNull();
});

it('uses the access log for requests, not for connections', () => {
  const facts = hostFactsOf({ ...EMPTY, latest: { access: access({ requests: 500 }) } });
  expect([facts.requestsPerSecond, facts.connectionsPerSecond]).toEqual([50, null]);
});

it('takes one private address that sends nearly everything for a proxy, but no public address', () => {
  const from = (address: string, requests: number) =>
    hostFactsOf({ ...EMPTY, latest: { access: access({ requests: 100, topClients: [{ address, requests }] }) } })
      .sharedClient;
  expect(from('10.0.0.9', 90)).toEqual({ address: '10.0.0.9', ratio: 0.9 });
  expect([from('10.0.0.9', 70), from('203.0.113.9', 90)]).toEqual([null, null]);
});

it('takes the reloads of a short window as the lower bound for an hour', () => {
  const signals = new Map([['reload', { count: 6 } as SignalTally]]);
  expect(hostFactsOf({ ...EMPTY, signals }).reloadsPerHour).toBe(6);
  expect(hostFactsOf({ ...EMPTY, signals, windowMs: 3 * 3_600_000 }).reloadsPerHour).toBe(2);
});

it('compares upstream and client sockets of all workers when there are enough', () => {
  const worker = (client: number, upstream: number) => ({ client, upstream }) as WorkerSockets;
  const ratio = (...workers: WorkerSockets[]) =>
    hostFactsOf({
      ...EMPTY,
      latest: { sockets: { probe: 'sockets', at: 0, ok: true, data: { workers, timeWaitByPeer: [], tookMs: 1 } } },
    }).upstreamPerClient;
  expect(ratio(worker(40, 100), worker(60, 100))).toBe(2);
  expect(ratio(worker(3, 9))).toBeNull();
});

it('distinguishes a page that denies access from an exhausted one', () => {
  const reset = { ok: false, latencyMs: 1, reason: 'reset', detail: '' } as const;
  const refusing = page(0, null);
  const exhausted = refusing.ok ? { ...refusing, data: { ...refusing.data, fresh: reset } } : refusing;
  expect(hostFactsOf({ ...EMPTY, latest: { 'stub-status': refusing } }).statusFailure).toBe('http-error, 403');
  expect(hostFactsOf({ ...EMPTY, latest: { 'stub-status': exhausted } }).statusFailure).toBeNull();
});
