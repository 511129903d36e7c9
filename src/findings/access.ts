/** What the access log says of the last moments, against the minutes before. It is late by the requests' own length. */
import type { Evidence } from '../core/evidence.ts';
import { groupBy } from '../core/grouping.ts';
import type { AccessData, AccessUpstream } from '../core/samples/access.ts';
import { seen } from './samples.ts';

export interface UpstreamTimes {
  readonly peer: string;
  readonly requests: number;
  readonly errors5xx: number;
  /** p95 of the time to the response header now, and its median before; null when not logged. */
  readonly headerP95Ms: number | null;
  readonly baselineP95Ms: number | null;
  readonly connectP95Ms: number | null;
}

export interface AccessView {
  /** False: no access log is read, or no client made a request lately. */
  readonly known: boolean;
  readonly requests: number;
  readonly requestsPerSecond: number | null;
  /** Requests of the active window with that status. */
  status(code: number): number;
  /** 502 and 504 answers of the active window, and whether they are more than a server that restarts gives. */
  readonly badGateways: { readonly count: number; readonly areMany: boolean };
  readonly requestP95Ms: number | null;
  readonly requestMaxMs: number | null;
  /** Worked out when it is asked for. */
  readonly upstreams: readonly UpstreamTimes[];
  /** Of all intervals of the active window, largest first. */
  readonly topClients: AccessData['topClients'];
  readonly overMs: number;
}

const BASELINE_MIN_SAMPLES = 3;

function median(values: readonly number[]): number | null {
  return values.length < BASELINE_MIN_SAMPLES ? null : (values.toSorted((a, b) => a - b)[values.length >> 1] ?? null);
}

function max(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

const headerP95 = ({ headerMs, responseMs }: AccessUpstream): number | undefined => (headerMs ?? responseMs)?.p95;

/** Only servers that were asked lately have a baseline worked out: a window may hold tens of thousands of entries. */
function upstreamTimes(now: readonly AccessData[], before: readonly AccessData[]): readonly UpstreamTimes[] {
  const lately = groupBy(
    now.flatMap(({ upstreams }) => upstreams),
    ({ peer }) => peer,
  );
  const earlier = new Map<string, number[]>();
  for (const { upstreams } of before) {
    for (const upstream of upstreams) {
      const p95 = lately.has(upstream.peer) ? headerP95(upstream) : undefined;
      if (p95 === undefined) continue;
      const known = earlier.get(upstream.peer);
      if (known === undefined) earlier.set(upstream.peer, [p95]);
      else known.push(p95);
    }
  }
  return [...lately]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([peer, mine]) => ({
      peer,
      requests: mine.reduce((total, upstream) => total + upstream.requests, 0),
      errors5xx: mine.reduce((total, upstream) => total + upstream.errors5xx, 0),
      headerP95Ms: max(mine.map(headerP95)),
      baselineP95Ms: median(earlier.get(peer) ?? []),
      connectP95Ms: max(mine.map((upstream) => upstream.connectMs?.p95)),
    }));
}

/** Times its own baseline from which an answer is slow. */
const SLOWER = 3;
/** A baseline below this is as good as this: three times nothing is nothing. */
const BASELINE_FLOOR_MS = 100;

/** Slower than it was. */
export function isSlower({ headerP95Ms, baselineP95Ms }: UpstreamTimes): boolean {
  if (headerP95Ms === null || baselineP95Ms === null) return false;
  return headerP95Ms > SLOWER * Math.max(baselineP95Ms, BASELINE_FLOOR_MS);
}

/** Slow whatever it was before, and not always as slow. */
export function isSlow({ headerP95Ms, baselineP95Ms }: UpstreamTimes, slowHeaderMs: number): boolean {
  return headerP95Ms !== null && headerP95Ms >= Math.max(slowHeaderMs, SLOWER * (baselineP95Ms ?? 0));
}

function clientsOf(now: readonly AccessData[]): AccessData['topClients'] {
  const counts = new Map<string, number>();
  for (const { address, requests } of now.flatMap(({ topClients }) => topClients))
    counts.set(address, (counts.get(address) ?? 0) + requests);
  return [...counts]
    .map(([address, requests]) => ({ address, requests }))
    .sort((a, b) => b.requests - a.requests || (a.address < b.address ? -1 : 1));
}

/** At least this many failed requests; this share of all requests, so that a few among many do not count. */
const MIN_FAILED = 10;
const FAILED_SHARE = 0.05;
const FEW_FAILED = 2;
const MOST_FAILED_SHARE = 0.5;

function areMany(failed: number, requests: number): boolean {
  return (
    (failed >= MIN_FAILED && failed >= FAILED_SHARE * requests) ||
    (failed >= FEW_FAILED && failed >= MOST_FAILED_SHARE * requests)
  );
}

export function readAccess(evidence: Evidence, activeMs: number): AccessView {
  const samples = seen(evidence, 'access');
  const now = samples.filter(({ at }) => at > evidence.asOf - activeMs).map(({ data }) => data);
  const before = samples.filter(({ at }) => at <= evidence.asOf - activeMs).map(({ data }) => data);
  const overMs = now.reduce((total, data) => total + data.intervalMs, 0);
  const requests = now.reduce((total, data) => total + data.requests, 0);
  let upstreams: readonly UpstreamTimes[] | null = null;
  const status = (code: number) => now.reduce((total, data) => total + (data.status[String(code)] ?? 0), 0);
  const bad = status(502) + status(504);
  return {
    known: requests > 0,
    requests,
    requestsPerSecond: overMs > 0 ? (requests * 1000) / overMs : null,
    status,
    badGateways: { count: bad, areMany: areMany(bad, requests) },
    requestP95Ms: max(now.map((data) => data.requestMs?.p95)),
    requestMaxMs: max(now.map((data) => data.requestMs?.max)),
    get upstreams() {
      upstreams ??= upstreamTimes(now, before);
      return upstreams;
    },
    topClients: clientsOf(now),
    overMs,
  };
}
