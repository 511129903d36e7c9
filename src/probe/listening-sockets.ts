/** Finds nginx's listening sockets among the kernel's: the master holds all of them as descriptors. */
import type { Settings } from '../core/settings.ts';
import { failureOf } from './failure.ts';
import type { Host } from './host.ts';
import { masterSockets } from './master-sockets.ts';
import { scanSocketTable } from './scan-socket-table.ts';
import { formatEndpoint } from './socket-address.ts';
import { type SocketRow, TCP_STATE } from './tcp-table.ts';
import { createUnixTableReader, InodesSeen } from './unix-table.ts';

export interface ListeningSocket {
  readonly address: string;
  readonly inode: number;
  /**
   * Connections waiting to be accepted; null when unknown: those of a unix socket are counted by its name, and
   * any user may listen under the same name in a mount namespace of his own.
   */
  readonly queued: number | null;
}

export async function listeningSockets(
  host: Host,
  masterPid: number,
  settings: Settings | null,
  signal: AbortSignal,
): Promise<ListeningSocket[]> {
  const own = await ownershipTest(host, masterPid, settings);
  const net = `/proc/${masterPid}/net`;
  const mayListenOnUnix = settings === null || settings.listens.some((listen) => listen.address.startsWith('unix:'));
  const found = await Promise.all([
    tcpListeners(host, `${net}/tcp`, signal),
    tcpListeners(host, `${net}/tcp6`, signal),
    mayListenOnUnix ? unixListeners(host, `${net}/unix`, signal) : [],
  ]);
  return oneKindEach(found.flat()).filter(own);
}

/** Every socket that listens in the network namespace of `pid`, of any process. */
export async function allListeningSockets(
  host: Host,
  pid: number | 'self',
  signal: AbortSignal,
): Promise<ListeningSocket[]> {
  const net = `/proc/${pid}/net`;
  const found = await Promise.all([
    tcpListeners(host, `${net}/tcp`, signal),
    tcpListeners(host, `${net}/tcp6`, signal),
    unixListeners(host, `${net}/unix`, signal),
  ]);
  return oneKindEach(found.flat());
}

/** A row of the unix table with the inode of a TCP socket was forged. */
function oneKindEach(sockets: readonly ListeningSocket[]): ListeningSocket[] {
  const isUnix = ({ address }: ListeningSocket): boolean => address.startsWith('unix:');
  const tcp = new Set(sockets.filter((socket) => !isUnix(socket)).map(({ inode }) => inode));
  return sockets.filter((socket) => !isUnix(socket) || !tcp.has(socket.inode));
}

/** By descriptor; without the right to read those, by the addresses of the configuration. */
async function ownershipTest(
  host: Host,
  masterPid: number,
  settings: Settings | null,
): Promise<(socket: ListeningSocket) => boolean> {
  try {
    const inodes = await masterSockets(host, masterPid);
    return (socket) => inodes.has(socket.inode);
  } catch (error) {
    if (failureOf(error).reason !== 'denied' || settings === null) throw error;
    const addresses = new Set(settings.listens.map((listen) => listen.address));
    return (socket) => addresses.has(socket.address);
  }
}

async function tcpListeners(host: Host, table: string, signal: AbortSignal): Promise<ListeningSocket[]> {
  const sockets: ListeningSocket[] = [];
  const take = (row: SocketRow): boolean => {
    if (row.state !== TCP_STATE.listen) return false;
    const address = formatEndpoint(row.localHex(), row.localPort);
    sockets.push({ address, inode: row.inode, queued: row.receiveQueue });
    return true;
  };
  await scanSocketTable(host, table, take, signal);
  return sockets;
}

async function unixListeners(host: Host, table: string, signal: AbortSignal): Promise<ListeningSocket[]> {
  const all: { readonly path: string; readonly inode: number }[] = [];
  const seen = new InodesSeen();
  const queued = new Map<string, number>();
  const read = createUnixTableReader((row) => {
    seen.add(row.inode);
    if (!row.listening && !row.queued) return;
    const path = row.path();
    if (path === null) return;
    if (row.listening) all.push({ path, inode: row.inode });
    else queued.set(path, (queued.get(path) ?? 0) + 1);
  });
  await host.scan(table, read, signal);
  const listeners = all.filter(({ inode }) => !seen.isForged(inode));
  const names = new Set<string>();
  const shared = new Set(listeners.filter(({ path }) => names.size === names.add(path).size).map(({ path }) => path));
  return listeners.map(({ path, inode }) => ({
    address: `unix:${path}`,
    inode,
    queued: shared.has(path) ? null : (queued.get(path) ?? 0),
  }));
}
