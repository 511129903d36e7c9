/** One round: so many drawn cases of one target. The same seed draws the same cases. */
import fc from 'fast-check';
import type { Checker } from './checker.ts';
import { keptSeeds } from './seeds.ts';
import { smaller } from './smaller.ts';
import type { Case, Target } from './target.ts';

export interface Failure {
  readonly drawn: Case;
  /** What did not hold. */
  readonly because: string;
}

/** Looking for a smaller failing case takes no longer, by each of the two ways. */
const SHRINKING_MS = 20_000;

export interface Round {
  readonly name: string;
  readonly target: Target;
  readonly checker: Checker;
}

async function objection({ name, checker }: Round, drawn: Case): Promise<string | null> {
  try {
    await checker.check({ target: name, drawn });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Inputs that were kept; the first that fails again. */
export async function replaySeeds(round: Round): Promise<(Failure & { readonly file: string }) | null> {
  for (const { file, drawn } of keptSeeds(round.name)) {
    const because = await objection(round, drawn);
    if (because !== null) return { file, drawn, because };
  }
  return null;
}

/** Null when everything held. */
export async function runRound(round: Round, seed: number, runs: number): Promise<Failure | null> {
  let failure: Failure | null = null;
  let until = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(round.target.cases, async (drawn) => {
    // Whatever is tried when the time is over passes, which ends the search.
    const because = performance.now() > until ? null : await objection(round, drawn);
    if (because === null) return true;
    if (failure === null) until = performance.now() + SHRINKING_MS;
    failure = { drawn, because };
    return false;
  });
  await fc.check(property, { seed, numRuns: runs });
  // The callback assigned it.
  return failure === null ? null : shrunk(round, failure as Failure);
}

async function shrunk(round: Round, failure: Failure): Promise<Failure> {
  let { because } = failure;
  const fails = async (candidate: Case): Promise<boolean> => {
    const now = await objection(round, candidate);
    if (now !== null) because = now;
    return now !== null;
  };
  const drawn = await smaller(failure.drawn, fails, SHRINKING_MS);
  return { drawn, because };
}
