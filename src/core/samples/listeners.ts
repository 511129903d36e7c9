/** The sample of the accept queues of nginx's listening sockets. */
import { z } from 'zod';
import { count, type Data, limit, listOf, MOST_SOCKETS, NAMESPACE, PATIENT, type SampleKind } from '../sample-kind.ts';

const queue = z.object({
  /** `127.0.0.1:80`, `[::]:443`, `unix:/run/x.sock`. A reuseport listener has one entry for each clone. */
  address: z.string(),
  /** Connections waiting to be accepted (Recv-Q of a listening socket). */
  recvQ: count,
  /** Effective backlog (Send-Q of a listening socket); null when it is only in the configuration and not set there. */
  backlog: limit,
  inode: z.number().default(0),
});

const schema = z.object({
  /** nginx's own listening sockets. */
  queues: listOf(queue, MOST_SOCKETS),
});

export type ListenQueue = Data<typeof queue>;
export type ListenersData = Data<typeof schema>;

declare module '../sample.ts' {
  interface ProbeData {
    readonly listeners: ListenersData;
  }
}

export const sample: SampleKind<'listeners'> = {
  id: 'listeners',
  schema,
  blindSpot: { what: "queues of nginx's listening sockets", denied: NAMESPACE },
  cost: 'low',
  patience: PATIENT,
  heavy: false,
};
