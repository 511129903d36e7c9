/** The sample of the status page, requested over a new connection and over one that is kept open. */
import { z } from 'zod';
import { PROBE_FAILURES } from '../sample.ts';
import { count, type Data, orNull, type SampleKind } from '../sample-kind.ts';

const counters = z.object({
  active: count,
  accepts: count,
  handled: count,
  requests: count,
  reading: count,
  writing: count,
  waiting: count,
});

const attempt = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), latencyMs: count, counters }),
  z.object({
    ok: z.literal(false),
    latencyMs: count.default(0),
    reason: z.enum(PROBE_FAILURES),
    detail: z.string().default(''),
  }),
]);

const schema = z.object({
  url: z.string().default(''),
  /** A new connection for this probe. */
  fresh: attempt,
  /** The connection kept open with half a request on it (src/nginx/README.md §5); null while it is not set up. */
  armed: orNull(attempt),
  /** Counters of whichever attempt answered (armed preferred), our own connections already subtracted; else null. */
  counters: orNull(counters),
});

export type StubStatusCounters = Data<typeof counters>;
export type Attempt = Data<typeof attempt>;
export type StubStatusData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly 'stub-status': StubStatusData;
  }
}

export const sample: SampleKind<'stub-status'> = {
  id: 'stub-status',
  schema,
  blindSpot: null,
  cost: 'low',
  patience: 1,
  heavy: false,
};
