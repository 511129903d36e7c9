/**
 * Classifies every socket of every worker as client, upstream, listening, channel, resolver or unexplained. Pure: its
 * input is the workers' descriptors and the rows of the kernel's socket tables, in the order tcp, udp, unix.
 */
import type { SocketsData, WorkerSockets } from '../core/samples/sockets.ts';
import type { Descriptors } from './descriptors.ts';
import { formatEndpoint } from './socket-address.ts';
import type { TcpInfo } from './tcp-info.ts';
import { keyOfRemote, type SocketRow, TCP_STATE } from './tcp-table.ts';
import type { UnixRow } from './unix-table.ts';
import { WorkerTally } from './worker-tally.ts';

export interface LedgerSettings {
  readonly resolverPorts: ReadonlySet<number>;
  /** What to call upstream unix sockets: their address when there is only one, since the kernel does not tell. */
  readonly unixUpstream: string;
}

/** A descriptor of one worker; in a sample it counts as `weight` of them. */
interface Owned {
  readonly tally: WorkerTally;
  readonly weight: number;
}

type UnixSocket = Pick<UnixRow, 'listening' | 'datagram' | 'connected'> & { readonly path: string | null };

interface UnixConnection extends Owned {
  readonly path: string | null;
  readonly connected: boolean;
}

interface Peer {
  timeWait: number;
  inUse: number;
}

/** A host that connects to more peers than this is no proxy; the rest is left out. */
const MAX_PEERS = 4096;
const LARGEST = 8;

export class SocketLedger {
  readonly #tallies = new Map<number, WorkerTally>();
  /** Sockets of one worker alone, not yet found in a table. */
  readonly #owned = new Map<number, Owned>();
  readonly #connections = new Map<number, { readonly tally: WorkerTally; readonly kind: 'client' | 'upstream' }>();
  readonly #listenPorts = new Set<number>();
  readonly #nginxPorts = new Set<number>();
  readonly #nginxPaths = new Set<string | null>();
  /** Sockets of nginx in the unix table; null when there are two rows of one. */
  readonly #unixRows = new Map<number, UnixSocket | null>();
  readonly #unixConnections: UnixConnection[] = [];
  readonly #listening = new Set<number>();
  readonly #peers = new Map<number | string, Peer>();
  readonly #masterInodes: ReadonlySet<number>;
  readonly #settings: LedgerSettings;

  constructor(masterInodes: ReadonlySet<number>, settings: LedgerSettings) {
    this.#masterInodes = masterInodes;
    this.#settings = settings;
  }

  /** Sockets that the master holds too are listeners and channels, shared by all workers. */
  addWorker(pid: number, descriptors: Descriptors): void {
    const tally = new WorkerTally(pid, !descriptors.complete);
    this.#tallies.set(pid, tally);
    const add = (inode: number, weight: number) => {
      if (this.#masterInodes.has(inode)) tally.shared.push(inode);
      else {
        this.#owned.set(inode, { tally, weight });
        tally.owned += weight;
      }
    };
    for (const inode of descriptors.socketInodes) add(inode, 1);
    for (const inode of descriptors.spreadInodes) add(inode, descriptors.spreadWeight);
  }

  addTcp(row: SocketRow): void {
    if (row.state === TCP_STATE.listen) {
      this.#listenPorts.add(row.localPort);
      if (this.#noteListening(row.inode)) this.#nginxPorts.add(row.localPort);
    }
    if (!this.#listenPorts.has(row.localPort)) this.#countPeer(row);
    const owned = this.#take(row.inode);
    if (owned === undefined) return;
    const { tally, weight } = owned;
    if (row.state === TCP_STATE.listen) tally.listening += weight;
    else if (this.#nginxPorts.has(row.localPort)) {
      this.#connections.set(row.inode, { tally, kind: 'client' });
      tally.addClient(row, weight);
    } else {
      this.#connections.set(row.inode, { tally, kind: 'upstream' });
      tally.addUpstream(row, weight);
    }
  }

  addUdp(row: SocketRow): void {
    this.#noteListening(row.inode);
    const owned = this.#take(row.inode);
    if (owned === undefined) return;
    const { tally, weight } = owned;
    if (this.#settings.resolverPorts.has(row.remotePort)) tally.resolver += weight;
    else if (row.remotePort === 0) tally.listening += weight;
    else tally.upstream += weight;
  }

  /** A socket with two rows is believed in neither: any user can forge one. */
  addUnix(row: UnixRow): void {
    const { inode, listening, datagram, connected } = row;
    if (!this.#masterInodes.has(inode) && !this.#owned.has(inode)) return;
    const isFirst = !this.#unixRows.has(inode);
    this.#unixRows.set(inode, isFirst ? { listening, datagram, connected, path: row.path() } : null);
  }

  #bookUnix(inode: number, { listening, datagram, connected, path }: UnixSocket): void {
    // One that the TCP table has is no unix socket.
    if (listening && !this.#listening.has(inode) && this.#noteListening(inode)) this.#nginxPaths.add(path);
    const owned = this.#take(inode);
    if (owned === undefined) return;
    const { tally, weight } = owned;
    if (listening) tally.listening += weight;
    else if (datagram) tally.channel += weight;
    else this.#unixConnections.push({ tally, weight, path, connected });
  }

  /** After the tcp tables. */
  addTcpInfo(infos: ReadonlyMap<number, TcpInfo>): void {
    for (const [inode, info] of infos) {
      const connection = this.#connections.get(inode);
      connection?.tally.addTcpInfo(connection.kind, info);
    }
    for (const tally of this.#tallies.values()) tally.tcpInfoIsIn = true;
  }

  /** After all rows. */
  workers(): WorkerSockets[] {
    for (const [inode, socket] of this.#unixRows) if (socket !== null) this.#bookUnix(inode, socket);
    this.#unixRows.clear();
    this.#sortUnixConnections();
    return [...this.#tallies.values()].map((tally) =>
      tally.result((inode) => this.#listening.has(inode), keyToEndpoint),
    );
  }

  /** Peers that connections go out to, nginx's own listeners left out unless a worker is connected to them. */
  peers(): SocketsData['timeWaitByPeer'] {
    const upstream = new Set([...this.#tallies.values()].flatMap((tally) => tally.upstreamKeys()));
    return [...this.#peers]
      .map(([id, peer]): [string, Peer] => [keyOfRemote(id), peer])
      .filter(([key]) => upstream.has(key) || !this.#nginxPorts.has(portOf(key)))
      .sort(([, a], [, b]) => b.timeWait + b.inUse - a.timeWait - a.inUse)
      .slice(0, LARGEST)
      .map(([key, peer]) => ({ peer: keyToEndpoint(key), ...peer }));
  }

  /** Listeners, whose paths tell which connections are clients', may come after them in the table. */
  #sortUnixConnections(): void {
    for (const { tally, weight, path, connected } of this.#unixConnections.splice(0)) {
      if (path !== null && this.#nginxPaths.has(path)) tally.client += weight;
      else if (connected) tally.addUnixUpstream(this.#settings.unixUpstream, weight);
    }
  }

  #noteListening(inode: number): boolean {
    const isOurs = this.#masterInodes.has(inode) || this.#owned.has(inode);
    if (isOurs) this.#listening.add(inode);
    return isOurs;
  }

  #take(inode: number): Owned | undefined {
    const owned = this.#owned.get(inode);
    if (owned !== undefined) this.#owned.delete(inode);
    return owned;
  }

  #countPeer(row: SocketRow): void {
    const id = row.remoteId();
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      if (this.#peers.size >= MAX_PEERS) return;
      peer = { timeWait: 0, inUse: 0 };
      this.#peers.set(id, peer);
    }
    if (row.state === TCP_STATE.timeWait) peer.timeWait += 1;
    else peer.inUse += 1;
  }
}

function portOf(key: string): number {
  return Number.parseInt(key.slice(-4), 16);
}

function keyToEndpoint(key: string): string {
  return formatEndpoint(key.slice(0, -5), portOf(key));
}
