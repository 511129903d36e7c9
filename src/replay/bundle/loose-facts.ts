/**
 * Turns `facts.json`, figures noted by hand, into the samples that a probe would have made, so that the same causes can
 * read them. Invents nothing: a figure that was not noted stays null, and a figure without a sample stays context.
 */
import type { Sample } from '../../core/sample.ts';
import type { FdUse } from '../../core/samples/fds.ts';
import type { KernelData } from '../../core/samples/kernel.ts';
import type { ListenQueue } from '../../core/samples/listeners.ts';
import type { SystemData } from '../../core/samples/system.ts';

export type LooseFacts = Readonly<Record<string, unknown>>;

/** Pids distinguish workers, and noted figures seldom have them. */
const FIRST_MADE_UP_PID = 1;

/** All figures are counts and sizes, so a negative one is a typing error. */
const asNumber = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
};

/** A limit of 0 means unknown. */
const asLimit = (value: unknown): number | null => asNumber(value) || null;

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** A single value may be noted without brackets. */
const asList = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

function fdUses(facts: LooseFacts): FdUse[] {
  return asList(facts.fds).flatMap((entry, index) => {
    const { pid, used, soft, hard, limit } = asObject(entry);
    const count = asNumber(used);
    if (count === null) return [];
    return [
      {
        pid: asNumber(pid) ?? FIRST_MADE_UP_PID + index,
        used: count,
        soft: asLimit(soft ?? limit),
        hard: asLimit(hard),
      },
    ];
  });
}

function listenQueues(sockets: Record<string, unknown>): ListenQueue[] {
  return asList(sockets.listen).flatMap((entry, index) => {
    const { address, port, recvQ, sendQ, backlog } = asObject(entry);
    const waiting = asNumber(recvQ);
    if (waiting === null) return [];
    const name = typeof address === 'string' ? address : `0.0.0.0:${asNumber(port) ?? '?'}`;
    return [{ address: name, recvQ: waiting, backlog: asLimit(sendQ ?? backlog), inode: -1 - index }];
  });
}

/**
 * `workerConnections` holds either the limit or the use of each worker. Figures that differ, or that are unlike the
 * configured limit, are the use; the limit is then the configured one.
 */
function usedPerWorker(facts: LooseFacts, configured: number | null): number[] {
  const noted = asList(facts.workerConnections).flatMap((value) => asNumber(value) ?? []);
  const same = noted.every((value) => value === noted[0]);
  const looksLikeLimit = same && (noted[0] === configured || (configured === null && (noted[0] ?? 0) % 256 === 0));
  return looksLikeLimit ? [] : noted;
}

function kernelData(kernel: Record<string, unknown>, sockets: Record<string, unknown>): KernelData {
  return {
    listenOverflows: asNumber(kernel.listenOverflows),
    listenDrops: asNumber(kernel.listenDrops),
    syncookiesSent: asNumber(kernel.syncookiesSent),
    tcpAbortOnMemory: asNumber(kernel.tcpAbortOnMemory),
    timeWaitSockets: asNumber(sockets.timeWait),
    tcpInUse: asNumber(sockets.established),
    orphanSockets: asNumber(sockets.orphan),
    conntrackCount: asNumber(kernel.conntrackCount),
    conntrackMax: asLimit(kernel.conntrackMax),
  };
}

/** `"32768 60999"`, `[32768, 60999]`, or the count of ports. */
function ephemeralRange(value: unknown): readonly [number | null, number | null] {
  const ends = typeof value === 'string' ? value.trim().split(/[\s-]+/) : asList(value);
  const [first, last] = [asNumber(ends[0]), asNumber(ends[1])];
  if (first !== null && last !== null) return [first, last];
  const count = asNumber(value);
  return count === null ? [null, null] : [1, count];
}

function systemData(facts: LooseFacts, kernel: Record<string, unknown>): SystemData | null {
  const [first, last] = ephemeralRange(kernel.ephemeralPorts);
  const cpus = asNumber(facts.cpus);
  const somaxconn = asNumber(kernel.somaxconn);
  if (first === null && cpus === null && somaxconn === null) return null;
  return {
    cpus: cpus ?? 1,
    memoryTotalBytes: asNumber(facts.memoryTotalBytes),
    memoryAvailableBytes: asNumber(facts.memoryAvailableBytes),
    loadAverage1m: asNumber(facts.loadAverage1m),
    somaxconn,
    ephemeralPortFirst: first,
    ephemeralPortLast: last,
    tcpTwReuse: asNumber(kernel.tcpTwReuse),
    tcpMaxSynBacklog: asNumber(kernel.tcpMaxSynBacklog),
    pidsCurrent: asNumber(facts.pidsCurrent),
    pidsMax: asLimit(facts.pidsMax),
    disks: [],
  };
}

/** The samples of these facts, all at `at`. `configured` is worker_connections, when known. */
export function samplesOf(facts: LooseFacts, at: number, configured: number | null): Sample[] {
  const sockets = asObject(facts.sockets);
  const kernel = asObject(facts.kernel);
  const samples: Sample[] = [];
  const fds = fdUses(facts);
  if (fds.length > 0) {
    samples.push({
      probe: 'fds',
      at,
      ok: true,
      data: { workers: fds, master: null, systemUsed: null, systemMax: null },
    });
  }
  const queues = listenQueues(sockets);
  if (queues.length > 0) samples.push({ probe: 'listeners', at, ok: true, data: { queues } });
  const used = usedPerWorker(facts, configured);
  if (used.length > 0) {
    const workers = used.map((count, index) => ({
      pid: fds[index]?.pid ?? FIRST_MADE_UP_PID + index,
      used: count,
      limit: configured,
      method: 'exact' as const,
    }));
    samples.push({ probe: 'slots', at, ok: true, data: { workers, old: [] } });
  }
  const counters = kernelData(kernel, sockets);
  if (Object.values(counters).some((value) => value !== null))
    samples.push({ probe: 'kernel', at, ok: true, data: counters });
  const system = systemData(facts, kernel);
  if (system !== null) samples.push({ probe: 'system', at, ok: true, data: system });
  return samples;
}
