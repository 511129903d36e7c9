/** Adds up the sockets of one worker. A sampled socket counts as several, so sums are rounded at the end. */
import type { WorkerSockets } from '../core/samples/sockets.ts';
import type { TcpInfo } from './tcp-info.ts';
import { type SocketRow, TCP_STATE } from './tcp-table.ts';

/** A client that uploads sends something within this time. */
const RECENT_MS = 2500;
/** More than a browser's request header, less than any upload worth its name. */
const BODY_BYTES = 4096;
const SAMPLING_NOISE = 0.1;
const LARGEST = 8;

/** Sockets whose tcp_info was read, and how many of them had a property. */
interface Share {
  seen: number;
  having: number;
}

export class WorkerTally {
  readonly #pid: number;
  readonly #sampled: boolean;
  /** Inodes that the master holds too. */
  readonly shared: number[] = [];
  client = 0;
  upstream = 0;
  listening = 0;
  channel = 0;
  resolver = 0;
  /** Sockets of this worker alone, whatever they turn out to be. */
  owned = 0;
  tcpInfoIsIn = false;
  #clientSendQueued = 0;
  #clientRecvQueued = 0;
  #upstreamConnecting = 0;
  #upstreamCloseWait = 0;
  #establishedClients = 0;
  #establishedUpstreams = 0;
  readonly #recent: Share = { seen: 0, having: 0 };
  readonly #unanswered: Share = { seen: 0, having: 0 };
  readonly #unansweredBodies: Share = { seen: 0, having: 0 };
  readonly #silent: Share = { seen: 0, having: 0 };
  readonly #awaiting: Share = { seen: 0, having: 0 };
  readonly #clients = new Map<string, number>();
  readonly #upstreams = new Map<string, number>();
  readonly #unixUpstreams = new Map<string, number>();

  constructor(pid: number, sampled: boolean) {
    this.#pid = pid;
    this.#sampled = sampled;
  }

  addClient(row: SocketRow, weight: number): void {
    this.client += weight;
    if (row.state === TCP_STATE.established) {
      this.#establishedClients += weight;
      if (row.sendQueue > 0) this.#clientSendQueued += weight;
    }
    if (row.receiveQueue > 0) this.#clientRecvQueued += weight;
    add(this.#clients, row.remoteKey().slice(0, -5), weight);
  }

  addUpstream(row: SocketRow, weight: number): void {
    this.upstream += weight;
    if (row.state === TCP_STATE.established) this.#establishedUpstreams += weight;
    if (row.state === TCP_STATE.synSent) this.#upstreamConnecting += weight;
    if (row.state === TCP_STATE.closeWait) this.#upstreamCloseWait += weight;
    add(this.#upstreams, row.remoteKey(), weight);
  }

  addUnixUpstream(address: string, weight: number): void {
    this.upstream += weight;
    add(this.#unixUpstreams, address, weight);
  }

  addTcpInfo(kind: 'client' | 'upstream', info: TcpInfo): void {
    if (kind === 'client') {
      count(this.#recent, info.bytesReceived > 0 && info.lastReceivedMs <= RECENT_MS);
      count(this.#unanswered, info.bytesSent === 0);
      count(this.#unansweredBodies, info.bytesSent === 0 && info.bytesReceived >= BODY_BYTES);
    } else {
      count(this.#silent, info.bytesReceived === 0);
      count(this.#awaiting, info.bytesReceived === 0 || info.lastSentMs < info.lastReceivedMs);
    }
  }

  /** Keys of the tcp peers it is connected to, see SocketRow.remoteKey. */
  upstreamKeys(): string[] {
    return [...this.#upstreams.keys()];
  }

  result(isListening: (inode: number) => boolean, endpointOf: (key: string) => string): WorkerSockets {
    const listening = this.shared.filter(isListening).length;
    const upstreams = [...this.#upstreams].map(([key, sockets]): [string, number] => [endpointOf(key), sockets]);
    const addresses = [...this.#clients].map(([hex, sockets]): [string, number] => [
      addressOf(hex, endpointOf),
      sockets,
    ]);
    return {
      pid: this.#pid,
      sampled: this.#sampled,
      client: Math.round(this.client),
      upstream: Math.round(this.upstream),
      listening: Math.round(this.listening) + listening,
      channel: Math.round(this.channel) + this.shared.length - listening,
      resolver: Math.round(this.resolver),
      unexplained: this.#unexplained(),
      clientSendQueued: Math.round(this.#clientSendQueued),
      clientRecvQueued: Math.round(this.#clientRecvQueued),
      clientRecentlyReceived: this.#scaled(this.#recent, this.#establishedClients),
      clientUnanswered: this.#scaled(this.#unanswered, this.#establishedClients),
      clientUnansweredBodies: this.#scaled(this.#unansweredBodies, this.#establishedClients),
      upstreamSilent: this.#scaled(this.#silent, this.#establishedUpstreams),
      upstreamAwaiting: this.#scaled(this.#awaiting, this.#establishedUpstreams),
      upstreamConnecting: Math.round(this.#upstreamConnecting),
      upstreamCloseWait: Math.round(this.#upstreamCloseWait),
      topClients: largest(addresses),
      topUpstreams: largest([...upstreams, ...this.#unixUpstreams]),
    };
  }

  /** Sockets in no table; when the descriptors are sampled, a small rest is chance. */
  #unexplained(): number {
    const rest = this.owned - this.client - this.upstream - this.listening - this.channel - this.resolver;
    return rest <= (this.#sampled ? this.owned * SAMPLING_NOISE : 0) ? 0 : Math.round(rest);
  }

  /** The share among the sockets whose tcp_info was read, of all. */
  #scaled({ seen, having }: Share, all: number): number | null {
    if (!this.tcpInfoIsIn) return null;
    if (all === 0) return 0;
    return seen === 0 ? null : Math.round((having / seen) * all);
  }
}

function count(share: Share, has: boolean): void {
  share.seen += 1;
  if (has) share.having += 1;
}

function add(counts: Map<string, number>, key: string, weight: number): void {
  counts.set(key, (counts.get(key) ?? 0) + weight);
}

/** The address alone: `[::1]:0` without its brackets and port. */
function addressOf(hex: string, endpointOf: (key: string) => string): string {
  return endpointOf(`${hex}:0000`)
    .replace(/:0$/, '')
    .replace(/^\[|\]$/g, '');
}

/** One address may have come from the tcp and the tcp6 table, so equal names are added up. */
function largest(counts: readonly (readonly [string, number])[]): { address: string; sockets: number }[] {
  const sums = new Map<string, number>();
  for (const [address, sockets] of counts) add(sums, address, sockets);
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LARGEST)
    .map(([address, sockets]) => ({ address, sockets: Math.round(sockets) }));
}
