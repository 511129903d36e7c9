/**
 * Reads the kernel's tcp_info of connections through `ss`: whether a byte was received, and the time of the last bytes.
 * The output is 450 bytes a socket, so of a large table only a window of ports is read.
 */
import type { NetNamespace } from './net-namespace.ts';

export interface TcpInfo {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** ms since the last byte came in; since the connection was made when none did. */
  readonly lastReceivedMs: number;
  readonly lastSentMs: number;
}

const ALL_UP_TO = 4096;
/** Of more: a share among 2,000 is off by 1 % two times in three, and reading more stalls the event loop. */
const SAMPLE = 2048;
/** Linux's default ip_local_port_range, where clients' and our own ports lie. */
const FIRST_PORT = 32_768;
const PORTS = 28_232;

/** Socket inode → tcp_info of established connections, of all or of a sample; null when `ss` cannot be run. */
export async function readTcpInfo(
  namespace: NetNamespace,
  expectedSockets: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, TcpInfo> | null> {
  const filter = expectedSockets > ALL_UP_TO ? portWindow(expectedSockets) : [];
  const listed = await namespace.run('ss', ['-HOtine', 'state', 'established', ...filter], signal);
  return listed.ok ? parseTcpInfo(listed.stdout) : null;
}

/** Clients are picked by their own port, upstream connections by ours. */
function portWindow(expectedSockets: number): string[] {
  const width = Math.ceil((PORTS * SAMPLE) / expectedSockets);
  const first = FIRST_PORT + Math.floor((PORTS - width) / 2);
  const inside = (port: string) => `( ${port} >= :${first} and ${port} < :${first + width} )`;
  return [`${inside('dport')} or ${inside('sport')}`];
}

/** Lines of `ss -HOtine`; ss leaves a field out when it is 0. */
export function parseTcpInfo(text: string): ReadonlyMap<number, TcpInfo> {
  const sockets = new Map<number, TcpInfo>();
  for (const line of text.split('\n')) {
    const inode = field(line, ' ino:');
    if (inode === 0) continue;
    sockets.set(inode, {
      bytesReceived: field(line, ' bytes_received:'),
      bytesSent: field(line, ' bytes_sent:'),
      lastReceivedMs: field(line, ' lastrcv:'),
      lastSentMs: field(line, ' lastsnd:'),
    });
  }
  return sockets;
}

function field(line: string, name: string): number {
  const at = line.indexOf(name);
  return at < 0 ? 0 : Number.parseInt(line.slice(at + name.length, at + name.length + 20), 10);
}
