/** How many rows the TCP tables of a network namespace have, without reading them. */
import type { Host } from './host.ts';
import { parseSockstat } from './sockstat.ts';

export interface TableSizes {
  readonly tcp: number;
  readonly tcp6: number;
}

/** TIME_WAIT is counted for both families together: it is split as the other sockets are. */
export async function tableSizes(host: Host, net: string): Promise<TableSizes> {
  const [four, six] = await Promise.all([
    host.readText(`${net}/sockstat`),
    host.readText(`${net}/sockstat6`).catch(() => ''),
  ]);
  const both = parseSockstat(four, 'TCP');
  const tcp = both.get('inuse') ?? 0;
  const tcp6 = parseSockstat(six, 'TCP6').get('inuse') ?? 0;
  const growth = 1 + (both.get('tw') ?? 0) / Math.max(1, tcp + tcp6);
  return { tcp: Math.round(tcp * growth), tcp6: Math.round(tcp6 * growth) };
}
