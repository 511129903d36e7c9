/**
 * Connection slots in use per worker, counted from outside (NGINX.md §2): socket descriptors less those that are not
 * connections of the event loop. Small workers are counted exactly at every look. For a worker with thousands of
 * descriptors the count alone is read, less what was last seen not to be a slot, and looked into now and then, or
 * at once when it comes near its limit: nothing here grows with the connections at every tick.
 */
import type { SlotsData, WorkerSlots } from '../../core/sample.ts';
import { nonSlotSockets } from '../../nginx/non-slot-sockets.ts';
import type { Settings } from '../../nginx/settings.ts';
import { createProbe, type Look, NO_MASTER } from '../create-probe.ts';
import { descriptorCount, lookAtDescriptors } from '../descriptors.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Host } from '../host.ts';
import type { Probe, ProbeTarget } from '../probe.ts';
import { type Child, nginxProcesses } from '../process-table.ts';

const EXACT_UP_TO = 1024;
const SAMPLED = 1024;
const LOOK_AGAIN_MS = 30_000;
const LOOK_AT_ONCE_RATIO = 0.75;

interface NonSlots {
  readonly count: number;
  readonly at: number;
}

export function createSlotsProbe(host: Host): Probe<'slots'> {
  let lastNonSlots: ReadonlyMap<number, NonSlots> = new Map();

  async function look({ masterPid, settings }: ProbeTarget): Promise<Look<SlotsData>> {
    if (masterPid === null) return NO_MASTER;
    const children = await nginxProcesses(host, masterPid);
    const workers = children.filter((child) => child.kind === 'worker');
    const next = new Map<number, NonSlots>();
    const seen = await Promise.all(
      workers.map(async (child) => {
        const slots = await slotsOf(child, settings, notSlots(child, children, settings), next);
        return { child, slots };
      }),
    );
    lastNonSlots = next;
    const refused = seen.map(({ slots }) => slots).find((slots): slots is Failure => 'reason' in slots);
    const read = seen.flatMap(({ child, slots }) => ('used' in slots ? [{ child, slots }] : []));
    if (read.length === 0 && refused !== undefined) return { ok: false, ...refused };
    const of = (generation: Child['generation']) =>
      read.filter(({ child }) => child.generation === generation).map(({ slots }) => slots);
    return { ok: true, data: { workers: of('current'), old: of('shutting-down') } };
  }

  async function slotsOf(
    { pid }: Child,
    settings: Settings | null,
    extraSockets: number,
    next: Map<number, NonSlots>,
  ): Promise<WorkerSlots | Failure> {
    const limit = settings?.workerConnections.value ?? null;
    try {
      const descriptors = await descriptorCount(host, pid);
      const last = lastNonSlots.get(pid);
      const estimate = Math.max(0, descriptors - (last?.count ?? extraSockets));
      const near = limit !== null && estimate >= limit * LOOK_AT_ONCE_RATIO;
      const due = last === undefined || host.now() - last.at >= LOOK_AGAIN_MS;
      if (descriptors > EXACT_UP_TO && last !== undefined && !near && !due) {
        next.set(pid, last);
        return { pid, used: estimate, limit, method: 'bound' };
      }
      const seen = await lookAtDescriptors(host, pid, descriptors > EXACT_UP_TO ? SAMPLED : EXACT_UP_TO * 2);
      const sockets = seen.socketInodes.length + Math.round(seen.spreadInodes.length * seen.spreadWeight);
      const used = Math.max(0, sockets - extraSockets);
      next.set(pid, { count: seen.total - used, at: host.now() });
      return { pid, used, limit, method: seen.complete ? 'exact' : 'bound' };
    } catch (error) {
      return failureOf(error);
    }
  }

  return createProbe('slots', host, { look });
}

/** Sockets of a worker that take no slot: siblings' channels, other workers' reuseport clones, syslog targets. */
function notSlots(child: Child, children: readonly Child[], settings: Settings | null): number {
  const onChannel = children.filter((other) => other.kind !== 'other').length;
  return Math.max(0, onChannel - 1) + nonSlotSockets(settings, child.generation === 'shutting-down');
}
