/** Derives since when a worker is shutting down, from the processes alone: it needs one sample and no log. */
import type { WorkerProcess } from '../core/samples/workers.ts';

/** A master forks the workers of one generation right after each other; a crashed one is replaced alone. */
const SAME_BIRTH_MS = 1000;

/**
 * When the reload that retired a worker started the next generation, ms since the epoch; null when no later generation
 * is left to tell. Never too early: a generation that is gone by now makes it later than it was.
 */
export function retirements(processes: readonly WorkerProcess[]): (worker: WorkerProcess) => number | null {
  const workers = processes.filter(({ kind }) => kind === 'worker');
  const together = Math.min(2, workers.filter(({ generation }) => generation === 'current').length);
  const births = workers.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b);
  return ({ startedAtMs }) => {
    const from = births.findIndex((at) => at > startedAtMs + SAME_BIRTH_MS);
    if (from < 0) return null;
    // Of one generation: its neighbours in the order of births are as close as any.
    const ofGeneration = (at: number, i: number): boolean =>
      together < 2 || closeTo(at, births[i + 1]) || (i > from && closeTo(at, births[i - 1]));
    return births.find((at, i) => i >= from && ofGeneration(at, i)) ?? null;
  };
}

function closeTo(at: number, other: number | undefined): boolean {
  return other !== undefined && Math.abs(other - at) <= SAME_BIRTH_MS;
}
