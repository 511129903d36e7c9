/** Computes how many clients and proxied requests the slots can hold (src/nginx/README.md §2). */
import type { Settings } from '../core/settings.ts';
import type { HostFacts } from './rule.ts';

/** Cached: rules ask again for each of thousands of findings. */
const counted = new WeakMap<Settings, number>();

/** Clients that one worker can hold: worker_connections minus listening sockets and the channel to the master. */
export function clientSlots(settings: Settings): number {
  const { workerConnections, listens, masterProcess } = settings;
  const listening = counted.get(settings) ?? listens.filter((listen) => listen.bound !== false).length;
  counted.set(settings, listening);
  return Math.max(0, workerConnections.value - listening - (masterProcess ? 1 : 0));
}

/** Slots that one proxied request takes: one for its client, and the measured upstream sockets, at least one. */
export const slotsPerRequest = ({ upstreamPerClient }: HostFacts): number => 1 + Math.max(1, upstreamPerClient ?? 1);

export interface Capacity {
  /** Most proxied requests at the same time. */
  readonly requests: number;
  /** Names the workers that `requests` counts, because the number of workers can be unknown. */
  readonly of: string;
  /** Number of workers that `requests` counts. */
  readonly workers: number;
}

export function proxyCapacity(settings: Settings, host: HostFacts): Capacity {
  const each = Math.floor(clientSlots(settings) / slotsPerRequest(host));
  const workers = settings.workerCount;
  if (workers === null) return { requests: each, of: 'one worker', workers: 1 };
  return { requests: each * workers, of: workers === 1 ? 'the one worker' : `all ${workers} workers`, workers };
}

/** The next power of two. */
export const roundUp = (value: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, value)));
