/**
 * Shows Active, Reading, Writing and Waiting with their meaning on this host. The shares are not judged, because
 * Writing is 95% on a healthy websocket host. Only an unreadable page is (src/nginx/README.md §5, §6).
 */
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { CheckResult, CheckStatus } from '../../core/report.ts';
import type { WorkerSockets } from '../../core/samples/sockets.ts';
import type { StubStatusCounters, StubStatusData } from '../../core/samples/stub-status.ts';
import type { Findings } from '../../findings/findings.ts';
import type { StatusPageView } from '../../findings/status-page.ts';
import { answer, type Check, couldNotLook } from '../answer.ts';
import { newest } from '../look.ts';
import { curl } from '../shell.ts';
import { failureMeaning } from '../status-page.ts';
import { rounded } from '../words.ts';

const REMEDY = 'Add `location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }`, or set nginx.stubStatusUrl';
/** Failures of gapwatch's access to the page. They say nothing about nginx. */
const OURS: readonly string[] = ['denied', 'absent', 'http-error', 'malformed', 'failed'];

export const check: Check = {
  id: 'states',
  place: 30,
  does: 'reading, writing and waiting connections, and what they wait for',
  judge: checkStates,
};

function checkStates(evidence: Evidence, findings: Findings): CheckResult {
  const equivalent = curl(evidence);
  const page = newest(evidence, 'stub-status');
  if (!page.ok) return couldNotLook('states', evidence, page, { what: 'The status page', remedy: REMEDY, equivalent });
  const { fresh, armed } = page.data;
  const { counters, countersAt, lie, failure } = findings.page;
  const { minConnections } = findings.thresholds;
  const read = counters === null || countersAt === null ? null : { at: countersAt, counters };
  if (!fresh.ok && OURS.includes(fresh.reason) && read === null) {
    const blind = {
      ok: false,
      at: page.at,
      reason: fresh.reason,
      detail: `${page.data.url}: ${fresh.detail}`,
    } as const;
    return couldNotLook('states', evidence, blind, { what: 'The status page', remedy: REMEDY, equivalent });
  }
  return answer('states', evidence, {
    status: statusOf(page.data, failure),
    text: [
      failureText(page.data, failure?.count ?? 0),
      read === null ? null : countersText(read, page.at, findings),
      read === null || lie !== null ? null : writingText(evidence, read),
    ],
    values: {
      active: read?.counters.active ?? null,
      reading: read?.counters.reading ?? null,
      writing: read?.counters.writing ?? null,
      waiting: read?.counters.waiting ?? null,
      sharesAreMeaningful: read !== null && lie === null && read.counters.active >= minConnections,
      fresh: fresh.ok ? 'answered' : fresh.reason,
      freshLatencyMs: fresh.latencyMs,
      armed: armed === null ? null : armed.ok ? 'answered' : armed.reason,
      url: page.data.url,
    },
    equivalent,
    basis: read === null ? [page] : [read],
  });
}

interface ReadCounters {
  readonly at: number;
  readonly counters: StubStatusCounters;
}

function statusOf({ fresh }: StubStatusData, failure: StatusPageView['failure']): CheckStatus {
  if (fresh.ok) return 'ok';
  if (OURS.includes(fresh.reason)) return 'unknown';
  // One failed probe may be a restart (0.2 s) or reuse. Two are not.
  return (failure?.count ?? 0) >= 2 ? 'critical' : 'warning';
}

function failureText(data: StubStatusData, count: number): string | null {
  const { fresh, armed, url } = data;
  if (fresh.ok) return null;
  const kept = armed?.ok === true ? ' The connection kept open still answers.' : '';
  const once = count < 2 && !OURS.includes(fresh.reason) ? ' Once may be a restart or chance, twice is not.' : '';
  return `A new connection to ${url} fails (${fresh.reason}): ${failureMeaning(data)}.${kept}${once}`;
}

const PHANTOMS = 'left over from a crashed worker; only a restart clears them';

function countersText({ at, counters }: ReadCounters, pageAt: number, { page, thresholds }: Findings): string {
  const { active, reading, writing, waiting } = counters;
  const before = at < pageAt ? 'Last read: ' : '';
  const numbers = `${before}Active ${active}: Reading ${reading}, Writing ${writing}, Waiting ${waiting} (gapwatch's own left out).`;
  const { lie, phantoms } = page;
  if (lie !== null) return `${numbers} Not to be trusted: ${lie}${phantoms > 0 ? `, ${PHANTOMS}` : ''}.`;
  if (active < thresholds.minConnections) return numbers;
  const other = active - reading - writing - waiting;
  const silent = other / active > 0.2 ? ` ${other} are in none of the three: TLS handshakes.` : '';
  return `${numbers} ${percent(writing / active)} writing, ${percent(waiting / active)} idle keep-alive.${silent}`;
}

/** What Writing connections wait for, when there is a recent sample of the sockets. */
function writingText(evidence: Evidence, { counters }: ReadCounters): string | null {
  const sockets = newest(evidence, 'sockets');
  if (!sockets.ok || counters.writing === 0) return null;
  const { workers } = sockets.data;
  const upstream = sum(workers, (worker) => worker.upstream);
  const awaiting = sum(workers, (worker) => worker.upstreamAwaiting ?? worker.upstreamSilent);
  const parts = [
    awaiting === null || awaiting === 0
      ? null
      : `${awaiting} of ${plural(upstream ?? 0, 'upstream connection')} wait for an answer${mostly(workers)}`,
    part(
      sum(workers, (worker) => worker.upstreamConnecting),
      'still connect to an upstream',
    ),
    part(
      sum(workers, (worker) => worker.clientSendQueued),
      'clients read slower than nginx sends',
    ),
    part(
      sum(workers, (worker) => worker.clientRecvQueued),
      'clients have sent what nginx has not read',
    ),
  ].filter((text) => text !== null);
  return parts.length === 0 ? null : `Writing includes: ${parts.join('; ')}.`;
}

function part(count: number | null, text: string): string | null {
  return count === null || count === 0 ? null : `${count} ${text}`;
}

function mostly(workers: readonly WorkerSockets[]): string {
  const [largest] = workers.flatMap((worker) => worker.topUpstreams).toSorted((a, b) => b.sockets - a.sockets);
  return largest === undefined ? '' : `, most from ${largest.address}`;
}

/** null when a worker has no count. */
function sum(workers: readonly WorkerSockets[], read: (worker: WorkerSockets) => number | null): number | null {
  let total = 0;
  for (const worker of workers) {
    const value = read(worker);
    if (value === null) return null;
    total += value;
  }
  return rounded(total);
}
