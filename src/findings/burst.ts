/** An accept queue so short that it is never seen full: it overflows between two samples (src/nginx/README.md §7.5). */
import type { Evidence } from '../core/evidence.ts';
import type { QueueLoad, QueueView } from './queues.ts';
import { seen, within } from './samples.ts';
import { counterGrowth } from './trend.ts';

export interface Burst {
  /** The shortest queue of nginx. */
  readonly queue: QueueLoad;
  readonly acceptsPerSecond: number;
  readonly dropsPerSecond: number;
  readonly drops: number;
}

/** Accepts per second, as a multiple of the backlog, from which a queue overflows between two samples. */
const BURST_BACKLOGS = 3;

/** null unless the kernel drops connections while nginx accepts more than its shortest queue could hold. */
export function readBurst(evidence: Evidence, { queues, overflows }: QueueView, activeMs: number): Burst | null {
  const queue = queues.toSorted((a, b) => a.backlog - b.backlog)[0];
  const points = within(seen(evidence, 'stub-status'), evidence.asOf, activeMs).flatMap(({ at, data }) =>
    data.counters === null ? [] : [{ at, value: data.counters.accepts }],
  );
  const acceptsPerSecond = counterGrowth(points)?.perSecond ?? 0;
  const dropsPerSecond = overflows?.perSecond ?? 0;
  if (queue === undefined || points.length < 3 || dropsPerSecond < 1) return null;
  if (acceptsPerSecond < BURST_BACKLOGS * queue.backlog) return null;
  return { queue, acceptsPerSecond, dropsPerSecond, drops: overflows?.total ?? 0 };
}
