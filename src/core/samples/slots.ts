/** The sample of the connection slots in use by each worker, with worker_connections. */
import { z } from 'zod';
import { count, type Data, limit, listOf, MOST_PROCESSES, PATIENT, ROOT, type SampleKind } from '../sample-kind.ts';

const slots = z.object({
  pid: count,
  /** Connection slots in use, counted from outside (src/nginx/README.md §2): sockets less channels, listeners included. */
  used: count,
  /** worker_connections that this worker runs with; null when unknown. */
  limit,
  /** `exact`: each descriptor was examined. `bound`: an estimate from the number of descriptors. */
  method: z.enum(['exact', 'bound']).default('bound'),
});

const schema = z.object({
  /** Current workers only. */
  workers: listOf(slots, MOST_PROCESSES),
  /** Workers that are shutting down: their slots are never added to utilisation. */
  old: listOf(slots, MOST_PROCESSES).default([]),
});

export type WorkerSlots = Data<typeof slots>;
export type SlotsData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly slots: SlotsData;
  }
}

export const sample: SampleKind<'slots'> = {
  id: 'slots',
  schema,
  blindSpot: { what: 'connection slots of each worker', denied: ROOT },
  cost: 'low',
  patience: PATIENT,
  heavy: false,
};
