/** How long a worker has been shutting down, from the processes alone: right at the first look, without any log. */
import type { WorkerProcess } from '../core/sample.ts';

/** A master forks the workers of one generation right after each other; a crashed one is replaced alone. */
const SAME_BIRTH_MS = 1000;

/**
 * When the reload that retired `worker` started the next generation, ms since the epoch; null when no later generation
 * is left to tell. Never too early: a generation that is gone by now makes it later than it was.
 */
export function retiredAtMs(worker: WorkerProcess, processes: readonly WorkerProcess[]): number | null {
  const workers = processes.filter(({ kind }) => kind === 'worker');
  const together = Math.min(2, workers.filter(({ generation }) => generation === 'current').length);
  const births = workers
    .map(({ startedAtMs }) => startedAtMs)
    .filter((at) => at > worker.startedAtMs + SAME_BIRTH_MS)
    .sort((a, b) => a - b);
  const ofGeneration = (at: number): boolean =>
    births.filter((other) => Math.abs(other - at) <= SAME_BIRTH_MS).length >= together;
  return births.find(ofGeneration) ?? null;
}
