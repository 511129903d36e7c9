/** Reads one of the socket tables of a process's network namespace (tcp, tcp6, udp, udp6). */
import type { Host } from './host.ts';
import { createSocketTableReader, type SocketRow } from './tcp-table.ts';

/** `onRow` answers false to stop. A kernel without IPv6 has no tables of it; any other that cannot be read rejects. */
export async function scanSocketTable(
  host: Host,
  path: string,
  onRow: (row: SocketRow) => boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await host.scan(path, createSocketTableReader(onRow), signal);
  } catch (error) {
    if (!path.endsWith('6') || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
