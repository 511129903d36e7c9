/** The sample of open files: master, workers and system, with their limits. */
import { z } from 'zod';
import {
  count,
  type Data,
  limit,
  listOf,
  MOST_PROCESSES,
  orNull,
  PATIENT,
  ROOT,
  type SampleKind,
  seen,
} from '../sample-kind.ts';

const use = z.object({
  pid: count,
  used: count,
  /** RLIMIT_NOFILE of that pid; null = unlimited or unreadable. */
  soft: limit,
  hard: limit,
});

const schema = z.object({
  /** One entry for each readable child of the master. */
  workers: listOf(use, MOST_PROCESSES),
  master: orNull(use),
  /** /proc/sys/fs/file-nr. */
  systemUsed: seen,
  systemMax: limit,
});

export type FdUse = Data<typeof use>;
export type FdsData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly fds: FdsData;
  }
}

export const sample: SampleKind<'fds'> = {
  id: 'fds',
  schema,
  blindSpot: { what: 'open files and limits of the workers', denied: ROOT },
  cost: 'low',
  patience: PATIENT,
  heavy: false,
};
