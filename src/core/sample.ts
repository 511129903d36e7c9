/**
 * The type of a sample: the result of one probe at one moment. A failed probe gives a sample with a reason; it never
 * counts as healthy. The event stream and bundles carry these objects unchanged
 * (`{"type":"sample","at":ISO,"host":…,"probe":…,"ok":…,"data":…|"reason":…,"detail":…}`).
 * `samples/<probe>.ts` declares the data of each probe.
 */

/** How a connection attempt or a read failed. src/nginx/README.md §5 says what each means on a status page. */
export const PROBE_FAILURES = [
  'denied', // EACCES/EPERM, HTTP 401/403
  'absent', // the file, process, socket or page is not there
  'refused', // ECONNREFUSED
  'reset', // RST or EOF before an answer: the worker that took it had no slot
  'connect-timeout', // the SYN is not answered: the accept queue is full
  'read-timeout', // connected, then silence: descriptors, or a stopped or blocked worker
  'timeout', // the probe itself took too long
  'http-error', // an HTTP status other than 200 (detail says which)
  'malformed', // an answer that cannot be understood
  'failed', // the probe itself failed: no descriptor or memory left here, an I/O error; says nothing of nginx
] as const;

export type ProbeFailure = (typeof PROBE_FAILURES)[number];

/** Data of a sample by probe id. Each file of `samples/` adds its own entry by declaration merging, so there is no list. */
// biome-ignore lint/suspicious/noEmptyInterface: the entries are in samples/
export interface ProbeData {}

export type ProbeId = keyof ProbeData;

export type SampleOf<P extends ProbeId> =
  | { readonly probe: P; readonly at: number; readonly ok: true; readonly data: ProbeData[P] }
  | {
      readonly probe: P;
      readonly at: number;
      readonly ok: false;
      readonly reason: ProbeFailure;
      readonly detail: string;
    };

export type Sample = { [P in ProbeId]: SampleOf<P> }[ProbeId];

/** Shifts the time of a sample after a step of the wall clock. */
export function movedSample<S extends Sample>(sample: S, byMs: number): S {
  if (byMs === 0) return sample;
  const moved = { ...sample, at: sample.at + byMs };
  if (moved.probe !== 'workers' || !moved.ok) return moved;
  const processes = moved.data.processes.map((one) => ({ ...one, startedAtMs: one.startedAtMs + byMs }));
  return { ...moved, data: { ...moved.data, masterStartedAtMs: moved.data.masterStartedAtMs + byMs, processes } };
}
