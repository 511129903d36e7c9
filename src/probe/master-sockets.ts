/** Lists the sockets of the master: its listeners and the channels to its children. Workers hold them too. */
import { descriptorCount, lookAtDescriptors } from './descriptors.ts';
import type { Host } from './host.ts';

/** Listeners, two channel ends a child and a few logs; more is single-process mode under load. */
const LIMIT = 4096;

/** Their inodes. Rejects when the descriptors may not be read. */
export async function masterSockets(host: Host, masterPid: number): Promise<ReadonlySet<number>> {
  const total = await descriptorCount(host, masterPid);
  const { socketInodes, spreadInodes } = await lookAtDescriptors(host, masterPid, { total, limit: LIMIT });
  return new Set([...socketInodes, ...spreadInodes]);
}
