/** Creates a probe from its function: adds the time of the sample and the deadline. A probe never rejects. */
import type { ProbeData, ProbeId, SampleOf } from '../core/sample.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Host } from './host.ts';
import type { Probe, ProbeTarget } from './probe.ts';

/** The result of one probe: data, or the reason of its failure. */
export type Look<T> = { readonly ok: true; readonly data: T } | ({ readonly ok: false } & Failure);

export interface Looker<P extends ProbeId> {
  look(target: ProbeTarget, signal: AbortSignal): Promise<Look<ProbeData[P]>>;
  close?(): void;
}

export function createProbe<P extends ProbeId>(sample: SampleKind<P>, host: Host, looker: Looker<P>): Probe<P> {
  const { id } = sample;
  return {
    id,
    sample,
    async run(target: ProbeTarget, signal: AbortSignal): Promise<SampleOf<P>> {
      const at = host.now();
      try {
        const seen = await beforeAbort(looker.look(target, signal), signal);
        return { probe: id, at, ...seen };
      } catch (error) {
        return { probe: id, at, ok: false, ...failureOf(error) };
      }
    },
    close: () => looker.close?.(),
  };
}

/** What a probe of processes answers when there is none. */
export function noMaster({ processesHidden = false }: ProbeTarget): { readonly ok: false } & Failure {
  return processesHidden
    ? { ok: false, reason: 'denied', detail: 'the processes of nginx are hidden from gapwatch' }
    : { ok: false, reason: 'absent', detail: 'no nginx master process was found' };
}

/** A probe that knows what its deadline means (connect or read timeout) settles by itself in this time. */
const GRACE_MS = 50;

function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => setTimeout(() => reject(signal.reason), GRACE_MS);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
