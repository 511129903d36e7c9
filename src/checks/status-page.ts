/** What the status page says now, or said last, and whether its numbers can be trusted. */
import type { Evidence } from '../core/evidence.ts';
import type { Attempt, StubStatusCounters, StubStatusData } from '../core/samples/stub-status.ts';
import { phantomsAt } from '../nginx/phantoms.ts';
import { history, newest, type Point } from './look.ts';

export interface ReadCounters {
  readonly at: number;
  readonly counters: StubStatusCounters;
}

/** The newest readable counters in the window, which may be older than the newest look. */
export function lastCounters(evidence: Evidence): ReadCounters | null {
  const readable = history(evidence, 'stub-status').findLast(({ data }) => data.counters !== null);
  if (readable === undefined) {
    const latest = newest(evidence, 'stub-status');
    return latest.ok && latest.data.counters !== null ? { at: latest.at, counters: latest.data.counters } : null;
  }
  return readable.data.counters === null ? null : { at: readable.at, counters: readable.data.counters };
}

/** One counter, or the difference of two, over the window. */
export function counterPoints(evidence: Evidence, read: (counters: StubStatusCounters) => number): Point[] {
  return history(evidence, 'stub-status').flatMap(({ at, data }) =>
    data.counters === null ? [] : [{ at, value: read(data.counters) }],
  );
}

/** Fresh attempts that failed in a row, newest first; 0 while the page answers. */
export function failedInARow(evidence: Evidence): number {
  const looks = history(evidence, 'stub-status').toReversed();
  const answered = looks.findIndex(({ data }) => data.fresh.ok);
  return answered === -1 ? looks.length : answered;
}

/** src/nginx/README.md §5: what the way a fresh connection fails means. */
export function failureMeaning(data: StubStatusData): string | null {
  const { fresh, armed } = data;
  if (fresh.ok) return null;
  switch (fresh.reason) {
    case 'refused':
      return 'nothing listens there: nginx is down or restarting';
    case 'reset':
      return 'the worker that took the connection had no free slot, or reuse closed it';
    case 'connect-timeout':
      return "that listener's accept queue is full";
    case 'read-timeout':
      return silenceMeaning(armed);
    case 'denied':
      return 'the page does not let this host in';
    default:
      return fresh.detail;
  }
}

function silenceMeaning(armed: Attempt | null): string {
  if (armed?.ok === true) return 'no new connection is accepted while an old one still answers: descriptors are gone';
  return 'connected, then silence: the workers are stopped or blocked, or out of descriptors';
}

/** Why Active and its shares are not to be used; null when nothing speaks against them (src/nginx/README.md §4.13). */
export function lieOf(evidence: Evidence, { at, counters }: ReadCounters): string | null {
  if (counters.active > counters.accepts) return `Active (${counters.active}) is above accepts (${counters.accepts})`;
  const phantoms = phantomsAt(evidence, at, counters.active) ?? 0;
  return phantoms === 0
    ? null
    : `Active counts ${phantoms} connections that no socket stands for, left over from a crashed worker; only a restart clears them`;
}
