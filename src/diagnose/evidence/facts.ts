/** Loose figures someone noted (facts.json of a bundle), read leniently: what does not fit is left out. */
import type { FdUse } from '../../core/sample.ts';

export interface LooseFacts {
  readonly workers: number | null;
  /** Per worker. The limit when all agree (and with the configuration), the connections in use otherwise. */
  readonly workerConnections: readonly number[];
  readonly fds: readonly FdUse[];
  readonly listenQueues: readonly { readonly address: string; readonly recvQ: number; readonly backlog: number }[];
  readonly timeWait: number | null;
  readonly established: number | null;
  readonly listenOverflows: number | null;
  readonly listenDrops: number | null;
  readonly conntrackCount: number | null;
  readonly conntrackMax: number | null;
  readonly somaxconn: number | null;
  readonly ephemeralPorts: number | null;
  readonly nginxVersion: string | null;
}

type Loose = Readonly<Record<string, unknown>>;

function record(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function figure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function portCount(value: unknown): number | null {
  const [first, last] = list(value).map(figure);
  if (typeof first === 'number' && typeof last === 'number') return last - first + 1;
  return figure(value);
}

function queues(value: unknown): LooseFacts['listenQueues'] {
  return list(value).flatMap((entry) => {
    const { port, address, recvQ, sendQ } = record(entry);
    const [waiting, backlog] = [figure(recvQ), figure(sendQ)];
    if (waiting === null || backlog === null) return [];
    return [{ address: typeof address === 'string' ? address : `*:${port}`, recvQ: waiting, backlog }];
  });
}

function descriptors(value: unknown): readonly FdUse[] {
  return list(value).flatMap((entry) => {
    const { pid, used, soft, hard } = record(entry);
    const count = figure(used);
    if (count === null) return [];
    return [{ pid: figure(pid) ?? 0, used: count, soft: figure(soft), hard: figure(hard) }];
  });
}

export function looseFacts(facts: Loose): LooseFacts {
  const sockets = record(facts.sockets);
  const kernel = record(facts.kernel);
  return {
    workers: figure(facts.workers),
    workerConnections: list(facts.workerConnections).flatMap((value) => figure(value) ?? []),
    fds: descriptors(facts.fds),
    listenQueues: queues(sockets.listen),
    timeWait: figure(sockets.timeWait),
    established: figure(sockets.established),
    listenOverflows: figure(kernel.listenOverflows),
    listenDrops: figure(kernel.listenDrops),
    conntrackCount: figure(kernel.conntrackCount),
    conntrackMax: figure(kernel.conntrackMax),
    somaxconn: figure(kernel.somaxconn),
    ephemeralPorts: portCount(kernel.ephemeralPorts),
    nginxVersion: typeof facts.nginxVersion === 'string' ? facts.nginxVersion : null,
  };
}
