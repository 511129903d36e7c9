/**
 * Derives the host facts for the audit rules from the newest evidence. Leaves a figure null when too few events support
 * it.
 */
import { networkInterfaces } from 'node:os';
import { isInner, isLoopback } from '../../audit/addresses.ts';
import type { HostFacts } from '../../audit/rule.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { ProbeFailure } from '../../core/sample.ts';
import type { StubStatusCounters } from '../../core/samples/stub-status.ts';
import { type DiscoveryHost, systemHost } from '../../discovery/host.ts';
import { supervisorOf } from '../../discovery/supervisor.ts';

/** A figure from fewer requests, connections or sockets is null: the probes themselves are among them. */
const ENOUGH = 50;
const HOUR_MS = 3_600_000;
/** Above this share one or two load balancers send the traffic. */
const NEARLY_ALL = 0.8;
/** Failures that a configuration explains. All others point to exhaustion. */
const CONFIGURED: readonly ProbeFailure[] = ['denied', 'absent', 'http-error', 'malformed'];

/** Growth of a status-page counter over the window, per second. */
function rateOf({ history }: Evidence, counter: keyof StubStatusCounters): number | null {
  const seen = (history['stub-status'] ?? []).flatMap((sample) =>
    sample.ok && sample.data.counters !== null ? [{ at: sample.at, value: sample.data.counters[counter] }] : [],
  );
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  const growth = last.value - first.value;
  return growth < ENOUGH ? null : (growth / (last.at - first.at)) * 1000;
}

function requestRate(evidence: Evidence): number | null {
  const access = evidence.latest.access;
  const logged = access?.ok === true && access.data.requests >= ENOUGH ? access.data : null;
  return rateOf(evidence, 'requests') ?? (logged === null ? null : (logged.requests / logged.intervalMs) * 1000);
}

function upstreamPerClient({ latest }: Evidence): number | null {
  const workers = latest.sockets?.ok === true ? latest.sockets.data.workers : [];
  const sum = (of: 'client' | 'upstream'): number => workers.reduce((total, worker) => total + worker[of], 0);
  return sum('client') < ENOUGH ? null : sum('upstream') / sum('client');
}

function sharedClient({ latest }: Evidence): HostFacts['sharedClient'] {
  const access = latest.access?.ok === true ? latest.access.data : null;
  const [top] = access?.topClients ?? [];
  if (access === null || top === undefined || access.requests < ENOUGH) return null;
  const ratio = top.requests / access.requests;
  return ratio >= NEARLY_ALL && isInner(top.address) ? { address: top.address, ratio } : null;
}

function reloadsPerHour({ signals, windowMs }: Evidence): number {
  const count = signals.get('reload')?.count ?? 0;
  // In a window shorter than an hour the count is a lower bound.
  return windowMs > HOUR_MS ? (count * HOUR_MS) / windowMs : count;
}

function statusFailure({ latest }: Evidence): string | null {
  const page = latest['stub-status'];
  const fresh = page?.ok === true ? page.data.fresh : page;
  if (fresh === undefined || fresh.ok || !CONFIGURED.includes(fresh.reason)) return null;
  return `${fresh.reason}${fresh.detail === '' ? '' : `, ${fresh.detail}`}`;
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
}

const smallest = (limits: readonly (number | null)[]): number | null => {
  const known = limits.filter((limit) => limit !== null);
  return known.length === 0 ? null : Math.min(...known);
};

export function hostFactsOf(evidence: Evidence, host: DiscoveryHost = systemHost()): HostFacts {
  const { latest } = evidence;
  const workers = latest.fds?.ok === true ? latest.fds.data.workers : [];
  const access = latest.access?.ok === true ? latest.access.data : null;
  const masterPid = latest.workers?.ok === true ? latest.workers.data.masterPid : null;
  const supervisor = masterPid === null ? null : supervisorOf(host, masterPid);
  return {
    workerSoftFiles: smallest(workers.map((worker) => worker.soft)),
    masterHardFiles: latest.fds?.ok === true ? (latest.fds.data.master?.hard ?? null) : null,
    system: latest.system?.ok === true ? latest.system.data : null,
    supervisor,
    reloadsPerHour: reloadsPerHour(evidence),
    requestsPerSecond: requestRate(evidence),
    connectionsPerSecond: rateOf(evidence, 'handled'),
    upstreamPerClient: upstreamPerClient(evidence),
    longRequests: access?.longRequests ?? null,
    sharedClient: sharedClient(evidence),
    statusFailure: statusFailure(evidence),
    // The addresses of a container differ from those of this process.
    addresses: supervisor?.kind === 'container' ? [] : ownAddresses().filter((address) => !isLoopback(address)),
  };
}
