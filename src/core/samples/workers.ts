/** The sample of all children of the master: kind, age, state and CPU. */
import { z } from 'zod';
import { added, count, type Data, listOf, MOST_PROCESSES, PATIENT, type SampleKind, seen } from '../sample-kind.ts';

const kind = z.enum(['worker', 'cache-manager', 'cache-loader', 'privileged-agent', 'other']);

const process = z.object({
  pid: count,
  /** The pid that the process itself sees, and logs, in another PID namespace; absent: the same. */
  innerPid: added,
  kind,
  generation: z.enum(['current', 'shutting-down']),
  startedAtMs: count,
  /** Kernel state letter: R S D T Z. */
  state: z.string().default('S'),
  /** CPU used since the previous sample, 0–1 of one core; null in the first sample. */
  cpuRatio: seen,
  /** CPU use plus the time it waited for a busy CPU: near 1 = never idle. Null or absent when unknown. */
  cpuWantedRatio: added,
  residentBytes: seen,
});

const schema = z.object({
  masterPid: count,
  masterStartedAtMs: count.default(0),
  masterInnerPid: added,
  /** All children of the master. */
  processes: listOf(process, MOST_PROCESSES),
});

export type ProcessKind = z.output<typeof kind>;
export type WorkerProcess = Data<typeof process>;
export type WorkersData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly workers: WorkersData;
  }
}

export const sample: SampleKind<'workers'> = {
  id: 'workers',
  schema,
  blindSpot: { what: 'the worker processes', denied: 'run gapwatch in the PID namespace of nginx' },
  cost: 'low',
  patience: PATIENT,
  heavy: false,
};
