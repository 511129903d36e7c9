/** The interface of a probe: it reads one thing within its timeout and returns a sample, also when it fails. */
import type { ProbeId, SampleOf } from '../core/sample.ts';
import type { SampleKind } from '../core/sample-kind.ts';
import type { Settings } from '../core/settings.ts';
import type { Address, Host } from './host.ts';

/** The nginx to look at. `settings` is null when its configuration could not be read. */
export interface ProbeTarget {
  readonly masterPid: number | null;
  readonly settings: Settings | null;
  readonly statusUrl: string | null;
  readonly statusHostHeader: string | null;
  /** Whether the page may be asked at that address now; absent for a page that the operator named. */
  readonly mayAsk?: (
    address: Address,
    signal: AbortSignal,
  ) => Promise<{ readonly allowed: boolean; readonly reason: string }>;
  /** True when processes of others are hidden from us: that no master is found then says nothing about nginx. */
  readonly processesHidden?: boolean;
}

export interface Probe<P extends ProbeId> {
  readonly id: P;
  readonly sample: SampleKind<P>;
  /** Never rejects; `signal` aborts it at its timeout. */
  run(target: ProbeTarget, signal: AbortSignal): Promise<SampleOf<P>>;
  /** Lets go of what it keeps between runs (the armed connection). */
  close?(): void;
}

/** Every file of `probes/` exports one as `probe`; the sample of the same name says what it sees. */
export interface MakeProbe<P extends ProbeId = ProbeId> {
  readonly sample: SampleKind<P>;
  create(host: Host): Probe<P>;
}
