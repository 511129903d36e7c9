/** The sample of the kernel's TCP counters in nginx's network namespace, and of the connection-tracking table. */
import { z } from 'zod';
import { type Data, limit, NAMESPACE, PATIENT, type SampleKind, seen } from '../sample-kind.ts';

const schema = z.object({
  /** TcpExt counters of nginx's own network namespace, cumulative. */
  listenOverflows: seen,
  listenDrops: seen,
  syncookiesSent: seen,
  tcpAbortOnMemory: seen,
  timeWaitSockets: seen,
  tcpInUse: seen,
  orphanSockets: seen,
  conntrackCount: seen,
  conntrackMax: limit,
});

export type KernelData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly kernel: KernelData;
  }
}

export const sample: SampleKind<'kernel'> = {
  id: 'kernel',
  schema,
  blindSpot: { what: 'kernel counters of dropped connections', denied: NAMESPACE },
  cost: 'low',
  patience: PATIENT,
  heavy: false,
};
