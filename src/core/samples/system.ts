/** The sample of the host: memory, load, ports, process numbers and disks. */
import { z } from 'zod';
import { count, type Data, limit, listOf, MOST_PEERS, ROOT, type SampleKind, seen } from '../sample-kind.ts';

const disk = z.object({ path: z.string(), freeBytes: count, totalBytes: count });

const schema = z.object({
  cpus: count.default(1),
  memoryTotalBytes: seen,
  memoryAvailableBytes: seen,
  loadAverage1m: seen,
  somaxconn: seen,
  ephemeralPortFirst: seen,
  ephemeralPortLast: seen,
  tcpTwReuse: seen,
  tcpMaxSynBacklog: seen,
  /** pids cgroup of the master. */
  pidsCurrent: seen,
  pidsMax: limit,
  /** Free bytes of the file systems that hold logs and temp files, by mount path. */
  disks: listOf(disk, MOST_PEERS).default([]),
});

export type SystemData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly system: SystemData;
  }
}

export const sample: SampleKind<'system'> = {
  id: 'system',
  schema,
  blindSpot: { what: 'memory, port range and process limits', denied: ROOT },
  cost: 'low',
  patience: 1,
  heavy: false,
};
