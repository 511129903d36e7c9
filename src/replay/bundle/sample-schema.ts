/**
 * What the data of a recorded sample must look like, so that no cause meets a field that is not there. A figure that
 * was left out is one that was not seen (null); a list or a count that everything rests on must be there.
 */
import { z } from 'zod';
import type { ProbeId } from '../../core/sample.ts';

const count = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
const seen = count.nullish().transform((value) => value ?? null);
/** Nothing can be used of a limit of 0: it is one that was not seen. */
const limit = seen.transform((value) => value || null);
const text = z.string();
const reason = z.enum([
  'denied',
  'absent',
  'refused',
  'reset',
  'connect-timeout',
  'read-timeout',
  'timeout',
  'http-error',
  'malformed',
  'failed',
]);

const counters = z.object({
  active: count,
  accepts: count,
  handled: count,
  requests: count,
  reading: count,
  writing: count,
  waiting: count,
});
const attempt = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), latencyMs: count, counters }),
  z.object({ ok: z.literal(false), latencyMs: count.default(0), reason, detail: text.default('') }),
]);
const MOST_PROCESSES = 4096;
const MOST_SOCKETS = 16_384;
const MOST_PEERS = 1024;
const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

const process = z.object({
  pid: count,
  innerPid: seen,
  kind: z.enum(['worker', 'cache-manager', 'cache-loader', 'privileged-agent', 'other']),
  generation: z.enum(['current', 'shutting-down']),
  startedAtMs: count,
  state: text.default('S'),
  cpuRatio: seen,
  cpuWantedRatio: seen,
  residentBytes: seen,
});
const listOf = <T extends z.ZodType>(schema: T, most: number) => z.array(schema).max(most);
const fdUse = z.object({ pid: count, used: count, soft: limit, hard: limit });
const slots = z.object({ pid: count, used: count, limit, method: z.enum(['exact', 'bound']).default('bound') });
const addressed = z.object({ address: text, sockets: count });
const sockets = z.object({
  pid: count,
  sampled: z.boolean().default(false),
  client: count,
  upstream: count,
  listening: count.default(0),
  channel: count.default(0),
  resolver: count.default(0),
  unexplained: count.default(0),
  clientSendQueued: count.default(0),
  clientRecvQueued: count.default(0),
  clientRecentlyReceived: seen,
  upstreamSilent: seen,
  upstreamAwaiting: seen,
  clientUnanswered: seen,
  clientUnansweredBodies: seen,
  upstreamConnecting: count.default(0),
  upstreamCloseWait: count.default(0),
  topClients: listOf(addressed, MOST_PEERS).default([]),
  topUpstreams: listOf(addressed, MOST_PEERS).default([]),
});
const quantiles = orNull(z.object({ p50: count, p95: count, p99: count, max: count }));

/**
 * Probe id → what its data must be. Unknown fields are dropped: a newer gapwatch may have recorded them, and a hostile
 * bundle could hold gigabytes of them. Lists have room for the largest hosts.
 */
export const SAMPLE_SCHEMAS: Readonly<Record<ProbeId, z.ZodType>> = {
  'stub-status': z.object({
    url: text.default(''),
    fresh: attempt,
    armed: orNull(attempt),
    counters: orNull(counters),
  }),
  workers: z.object({
    masterPid: count,
    masterStartedAtMs: count.default(0),
    masterInnerPid: seen,
    processes: listOf(process, MOST_PROCESSES),
  }),
  fds: z.object({ workers: listOf(fdUse, MOST_PROCESSES), master: orNull(fdUse), systemUsed: seen, systemMax: limit }),
  listeners: z.object({
    queues: listOf(
      z.object({ address: text, recvQ: count, backlog: limit, inode: z.number().default(0) }),
      MOST_SOCKETS,
    ),
  }),
  kernel: z.object({
    listenOverflows: seen,
    listenDrops: seen,
    syncookiesSent: seen,
    tcpAbortOnMemory: seen,
    timeWaitSockets: seen,
    tcpInUse: seen,
    orphanSockets: seen,
    conntrackCount: seen,
    conntrackMax: limit,
  }),
  slots: z.object({ workers: listOf(slots, MOST_PROCESSES), old: listOf(slots, MOST_PROCESSES).default([]) }),
  sockets: z.object({
    workers: listOf(sockets, MOST_PROCESSES),
    timeWaitByPeer: listOf(z.object({ peer: text, timeWait: count, inUse: count }), MOST_PEERS).default([]),
    tookMs: count.default(0),
  }),
  system: z.object({
    cpus: count.default(1),
    memoryTotalBytes: seen,
    memoryAvailableBytes: seen,
    loadAverage1m: seen,
    somaxconn: seen,
    ephemeralPortFirst: seen,
    ephemeralPortLast: seen,
    tcpTwReuse: seen,
    tcpMaxSynBacklog: seen,
    pidsCurrent: seen,
    pidsMax: limit,
    disks: listOf(z.object({ path: text, freeBytes: count, totalBytes: count }), MOST_PEERS).default([]),
  }),
  access: z.object({
    intervalMs: z.number().positive(),
    requests: count,
    unparsed: count.default(0),
    status: z.record(text, count).default({}),
    requestMs: quantiles,
    upstreams: listOf(
      z.object({
        peer: text,
        requests: count,
        errors5xx: count.default(0),
        connectMs: quantiles,
        headerMs: quantiles,
        responseMs: quantiles,
      }),
      MOST_PEERS,
    ).default([]),
    topClients: listOf(z.object({ address: text, requests: count }), MOST_PEERS).default([]),
    longRequests: seen,
  }),
};
