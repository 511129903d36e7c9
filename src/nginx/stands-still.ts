/** Whether a worker serves no clients, from the state of its process (man 5 proc, /proc/pid/stat). */
import type { WorkerProcess } from '../core/samples/workers.ts';

/** Stopped, traced, dead: a process cannot leave these states itself. */
const HALTED: ReadonlySet<string> = new Set(['T', 't', 'Z']);

/** A worker that reads from a disk is often in D; one that hangs in D has used no CPU since the previous sample. */
export function standsStill({ state, cpuRatio }: Pick<WorkerProcess, 'state' | 'cpuRatio'>): boolean {
  return HALTED.has(state) || (state === 'D' && cpuRatio === 0);
}
