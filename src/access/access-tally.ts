/**
 * Counts one interval of all access logs: requests by status, times by upstream, the busiest clients. Memory is bounded
 * whatever clients send. A figure that no log_format carries is null, never zero.
 */
import type { AccessData } from '../core/samples/access.ts';
import { createByteCounts } from './byte-counts.ts';
import { clear, createHistogram, quantiles, record } from './histogram.ts';
import type { WantedField } from './line-plan.ts';
import { SLOT } from './scanner.ts';

import { createUpstreamTally } from './upstream-tally.ts';

/** Counts one line from the fields that the scanner wrote to `out`. */
type Count = (bytes: Uint8Array, out: Int32Array) => void;

export interface AccessTally {
  /** Creates a counter for lines with these fields. */
  counter(fields: ReadonlySet<WantedField>): Count;
  countUnparsed(): void;
  /** Returns the counts since the last call and resets them. */
  take(intervalMs: number): AccessData;
}

const MAX_STATUS = 1000;
const CLIENTS_TRACKED = 2048;
const CLIENTS_SHOWN = 10;
/** Longer requests are long polls, streams, websockets or stuck. */
const LONG_REQUEST_MS = 30_000;

function statusCounts(status: Uint32Array): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let code = 0; code < status.length; code++) {
    const count = status[code] ?? 0;
    if (count > 0) found[String(code).padStart(3, '0')] = count;
  }
  return found;
}

/** Checked because a log_format may contain other text in place of the address. */
const ADDRESS = /^(?:[\da-f:.]{2,45}|unix:)$/i;

export function createAccessTally(): AccessTally {
  const status = new Uint32Array(MAX_STATUS);
  const clients = createByteCounts(CLIENTS_TRACKED);
  const requestMs = createHistogram();
  const upstreams = createUpstreamTally();
  let [requests, unparsed, long] = [0, 0, 0];

  function counter(fields: ReadonlySet<WantedField>): Count {
    const countAttempts = upstreams.counter(fields);
    const [hasStatus, hasClient, hasTime] = [
      fields.has('status'),
      fields.has('remote_addr'),
      fields.has('request_time'),
    ];
    return (bytes, out) => {
      requests += 1;
      const code = out[SLOT.status] ?? 0;
      if (hasStatus && code < MAX_STATUS) status[code] = (status[code] ?? 0) + 1;
      if (hasClient) clients.add(bytes, out[SLOT.remote_addr] ?? 0, out[SLOT.remote_addr + 1] ?? 0);
      const time = hasTime ? (out[SLOT.request_time] ?? -1) : -1;
      if (time >= 0) record(requestMs, time);
      if (time >= LONG_REQUEST_MS) long += 1;
      countAttempts?.(bytes, out);
    };
  }

  function take(intervalMs: number): AccessData {
    const requestTimes = quantiles(requestMs);
    const data = {
      intervalMs,
      requests,
      unparsed,
      status: statusCounts(status),
      requestMs: requestTimes,
      upstreams: upstreams.take(),
      topClients: clients
        .top(CLIENTS_SHOWN)
        .flatMap(({ key, count }) => (ADDRESS.test(key) ? [{ address: key, requests: count }] : [])),
      longRequests: requestTimes === null ? null : long,
    };
    [requests, unparsed, long] = [0, 0, 0];
    status.fill(0);
    clients.clear();
    clear(requestMs);
    return data;
  }

  function countUnparsed(): void {
    unparsed += 1;
  }

  return { counter, countUnparsed, take };
}
