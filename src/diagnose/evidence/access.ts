/** What the access log says of the last moments, against the minutes before. It is late by the requests' own length. */
import type { Evidence } from '../../core/evidence.ts';
import type { AccessData } from '../../core/sample.ts';
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
  /** False: no access log is read, or nobody made a request lately. */
  readonly known: boolean;
  readonly requests: number;
  readonly requestsPerSecond: number | null;
  /** Requests of the active window with that status. */
  status(code: number): number;
  readonly requestP95Ms: number | null;
  readonly requestMaxMs: number | null;
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

function upstreamTimes(now: readonly AccessData[], before: readonly AccessData[]): readonly UpstreamTimes[] {
  const peers = [...new Set(now.flatMap((data) => data.upstreams.map((upstream) => upstream.peer)))].sort();
  const of = (samples: readonly AccessData[], peer: string) =>
    samples.flatMap((data) => data.upstreams.filter((upstream) => upstream.peer === peer));
  return peers.map((peer) => {
    const mine = of(now, peer);
    return {
      peer,
      requests: mine.reduce((total, upstream) => total + upstream.requests, 0),
      errors5xx: mine.reduce((total, upstream) => total + upstream.errors5xx, 0),
      headerP95Ms: max(mine.map((upstream) => (upstream.headerMs ?? upstream.responseMs)?.p95)),
      baselineP95Ms: median(
        of(before, peer).flatMap((upstream) => (upstream.headerMs ?? upstream.responseMs)?.p95 ?? []),
      ),
      connectP95Ms: max(mine.map((upstream) => upstream.connectMs?.p95)),
    };
  });
}

function clientsOf(now: readonly AccessData[]): AccessData['topClients'] {
  const counts = new Map<string, number>();
  for (const { address, requests } of now.flatMap(({ topClients }) => topClients))
    counts.set(address, (counts.get(address) ?? 0) + requests);
  return [...counts]
    .map(([address, requests]) => ({ address, requests }))
    .sort((a, b) => b.requests - a.requests || (a.address < b.address ? -1 : 1));
}

export function readAccess(evidence: Evidence, activeMs: number): AccessView {
  const samples = seen(evidence, 'access');
  const now = samples.filter(({ at }) => at > evidence.asOf - activeMs).map(({ data }) => data);
  const before = samples.filter(({ at }) => at <= evidence.asOf - activeMs).map(({ data }) => data);
  const overMs = now.reduce((total, data) => total + data.intervalMs, 0);
  const requests = now.reduce((total, data) => total + data.requests, 0);
  return {
    known: requests > 0,
    requests,
    requestsPerSecond: overMs > 0 ? (requests * 1000) / overMs : null,
    status: (code) => now.reduce((total, data) => total + (data.status[String(code)] ?? 0), 0),
    requestP95Ms: max(now.map((data) => data.requestMs?.p95)),
    requestMaxMs: max(now.map((data) => data.requestMs?.max)),
    upstreams: upstreamTimes(now, before),
    topClients: clientsOf(now),
    overMs,
  };
}
