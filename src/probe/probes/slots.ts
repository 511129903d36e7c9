/**
 * The probe of the connection slots in use, from /proc (src/nginx/README.md §2): socket descriptors minus those that are no
 * connections of the event loop. Small workers are counted exactly at every poll. For a worker with thousands of
 * descriptors only their number is read, minus the last known non-slots; the descriptors are sampled at intervals and
 * near the limit. The cost of a poll does not grow with the connections.
 */
import { type SlotsData, sample, type WorkerSlots } from '../../core/samples/slots.ts';
import type { Settings } from '../../core/settings.ts';
import { reuseportClones } from '../../nginx/reuseport-clones.ts';
import { createProbe, type Look, noMaster } from '../create-probe.ts';
import { type Descriptors, descriptorCount, lookAtDescriptors } from '../descriptors.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Host } from '../host.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import { type Child, nginxProcesses } from '../process-table.ts';
import { syslogSockets } from '../syslog-sockets.ts';

const EXACT_UP_TO = 1024;
const LOOK_AGAIN_MS = 30_000;
const LOOK_AT_ONCE_RATIO = 0.75;

/** What of a worker's descriptors was no slot when they were last looked at. */
interface NonSlots {
  readonly count: number;
  readonly at: number;
}

interface Context {
  readonly limit: number | null;
  /** Sockets of this worker that take no slot, beside those of `ignored`. */
  readonly extra: number;
  readonly ignored: ReadonlySet<number>;
}

export const probe: MakeProbe<'slots'> = { sample, create: createSlotsProbe };

export function createSlotsProbe(host: Host): Probe<'slots'> {
  const nonSlots = new Map<number, NonSlots>();

  async function look(target: ProbeTarget, signal: AbortSignal): Promise<Look<SlotsData>> {
    const { masterPid, settings } = target;
    if (masterPid === null) return noMaster(target);
    const children = await nginxProcesses(host, masterPid);
    const workers = children.filter((child) => child.kind === 'worker');
    for (const pid of nonSlots.keys()) if (!workers.some((worker) => worker.pid === pid)) nonSlots.delete(pid);
    const ignored = await syslogSockets(host, masterPid, settings, signal);
    const limit = settings?.workerConnections.value ?? null;
    const seen = await Promise.all(
      workers.map(async (child) => {
        const slots = await slotsOf(child.pid, { limit, extra: extraSockets(child, children, settings), ignored });
        return { generation: child.generation, slots };
      }),
    );
    return grouped(seen);
  }

  async function slotsOf(pid: number, { limit, extra, ignored }: Context): Promise<WorkerSlots | Failure> {
    try {
      const descriptors = await descriptorCount(host, pid);
      const last = nonSlots.get(pid);
      const estimate = Math.max(0, descriptors - (last?.count ?? extra));
      const near = limit !== null && estimate >= limit * LOOK_AT_ONCE_RATIO;
      const fresh = last !== undefined && host.monotonicMs() - last.at < LOOK_AGAIN_MS;
      if (descriptors > EXACT_UP_TO && fresh && !near) return { pid, used: estimate, limit, method: 'bound' };
      const seen = await lookAtDescriptors(host, pid, { total: descriptors, limit: EXACT_UP_TO });
      const used = Math.max(0, countSockets(seen, ignored) - extra);
      nonSlots.set(pid, { count: seen.total - used, at: host.monotonicMs() });
      return { pid, used, limit, method: seen.complete ? 'exact' : 'bound' };
    } catch (error) {
      return failureOf(error);
    }
  }

  return createProbe(sample, host, { look });
}

function countSockets(seen: Descriptors, ignored: ReadonlySet<number>): number {
  const counts = (inode: number) => !ignored.has(inode);
  return (
    seen.socketInodes.filter(counts).length + Math.round(seen.spreadInodes.filter(counts).length * seen.spreadWeight)
  );
}

/** Channels of the siblings, and other workers' listeners, which a worker that shuts down has closed. */
function extraSockets(child: Child, children: readonly Child[], settings: Settings | null): number {
  const onChannel = children.filter((other) => other.kind !== 'other').length;
  return Math.max(0, onChannel - 1) + (child.generation === 'current' ? reuseportClones(settings) : 0);
}

interface SeenWorker {
  readonly generation: Child['generation'];
  readonly slots: WorkerSlots | Failure;
}

/** A worker that ended meanwhile is left out; when none could be read, why. */
function grouped(seen: readonly SeenWorker[]): Look<SlotsData> {
  const of = (wanted: Child['generation']) =>
    seen.flatMap(({ generation, slots }) => (generation === wanted && 'used' in slots ? [slots] : []));
  const data = { workers: of('current'), old: of('shutting-down') };
  const failure = seen.map(({ slots }) => slots).find((slots) => 'reason' in slots);
  return failure !== undefined && data.workers.length + data.old.length === 0
    ? { ok: false, ...failure }
    : { ok: true, data };
}
