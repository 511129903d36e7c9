/** Every target holds for the inputs that once broke it and for a fixed, small number of drawn ones (`npm run fuzz` draws more). */
import { afterAll, describe, expect, it } from 'vitest';
import { Checker } from './checker.ts';
import { replaySeeds, runRound } from './rounds.ts';
import { loadTarget, targetNames } from './target.ts';

const SEED = 20261121;
const RUNS = 12;

describe.each(targetNames())('the fuzz target %s', (name) => {
  const checker = new Checker();
  afterAll(() => checker.stop());

  it('holds for every input that was kept', async () => {
    const target = await loadTarget(name);
    expect(await replaySeeds({ name, target, checker })).toBeNull();
  }, 120_000);

  it('holds for drawn inputs', async () => {
    const target = await loadTarget(name);
    expect(await runRound({ name, target, checker }, SEED, RUNS)).toBeNull();
  }, 120_000);
});
