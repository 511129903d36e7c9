/** The slot arithmetic of src/nginx/README.md §2: what one worker, and all of them, can hold. */
import type { Settings } from '../core/settings.ts';
import type { HostFacts } from './rule.ts';

/** Counted once: rules ask for each of thousands of objections. */
const counted = new WeakMap<Settings, number>();

/** Clients that one worker can hold: the pool less its listening sockets and its channel to the master. */
export function clientSlots(settings: Settings): number {
  const { workerConnections, listens, masterProcess } = settings;
  const listening = counted.get(settings) ?? listens.filter((listen) => listen.bound !== false).length;
  counted.set(settings, listening);
  return Math.max(0, workerConnections.value - listening - (masterProcess ? 1 : 0));
}

/** Slots one proxied request takes: its client, and upstream sockets as measured (one when nobody measured). */
export const slotsPerRequest = ({ upstreamPerClient }: HostFacts): number => 1 + Math.max(1, upstreamPerClient ?? 1);

export interface Capacity {
  /** Proxied requests that can be under way at once. */
  readonly requests: number;
  /** Whom `requests` speaks of: the number of workers is not always known. */
  readonly of: string;
  /** Factor from one worker to `of`. */
  readonly workers: number;
}

export function proxyCapacity(settings: Settings, host: HostFacts): Capacity {
  const each = Math.floor(clientSlots(settings) / slotsPerRequest(host));
  const workers = settings.workerCount;
  if (workers === null) return { requests: each, of: 'one worker', workers: 1 };
  return { requests: each * workers, of: workers === 1 ? 'the one worker' : `all ${workers} workers`, workers };
}

/** The next power of two, at least. */
export const roundUp = (value: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, value)));
