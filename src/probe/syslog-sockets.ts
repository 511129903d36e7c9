/**
 * Counts the sockets through which nginx logs to syslog. They take no slot. nginx opens one at the first line and closes
 * it after a failed line (ngx_syslog.c), so their number is known only from the kernel.
 */
import type { Settings } from '../core/settings.ts';
import type { Host } from './host.ts';
import { scanSocketTable } from './scan-socket-table.ts';
import type { SocketRow } from './tcp-table.ts';
import { createUnixTableReader, InodesSeen } from './unix-table.ts';

const SYSLOG_PORT = 514;

/** Inodes of datagram sockets that lead to a syslog server; nothing is read when none is configured. */
export async function syslogSockets(
  host: Host,
  masterPid: number,
  settings: Settings | null,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const inodes = new Set<number>();
  const servers = [...(settings?.errorLogs ?? []), ...(settings?.accessLogs ?? [])].flatMap(
    ({ target }) => /^syslog:(?:.*,)?server=([^,]+)/.exec(target)?.[1] ?? [],
  );
  const net = `/proc/${masterPid}/net`;
  const ports = new Set(servers.filter((server) => !server.startsWith('unix:')).map(portOf));
  if (ports.size > 0) {
    const take = (row: SocketRow): boolean => {
      if (ports.has(row.remotePort)) inodes.add(row.inode);
      return true;
    };
    for (const table of ['udp', 'udp6']) await scanSocketTable(host, `${net}/${table}`, take, signal);
  }
  if (servers.some((server) => server.startsWith('unix:'))) {
    const seen = new InodesSeen();
    const datagrams: number[] = [];
    const read = createUnixTableReader((row) => {
      seen.add(row.inode);
      if (row.datagram) datagrams.push(row.inode);
    });
    await host.scan(`${net}/unix`, read, signal);
    for (const inode of datagrams) if (!seen.isForged(inode)) inodes.add(inode);
  }
  return inodes;
}

function portOf(server: string): number {
  return Number(/:(\d+)$/.exec(server)?.[1] ?? SYSLOG_PORT);
}
