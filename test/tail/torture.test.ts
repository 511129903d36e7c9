/** The follower against everything that can happen to a log, its time turned by hand. */
import { describe, expect, it } from 'vitest';
import { play } from '../torture/play.ts';
import { scenarios } from '../torture/scenarios.ts';
import { SourceReader } from '../torture/source-reader.ts';

const SEEDS = [1, 2, 3];

describe('the file source delivers every line once through', () => {
  for (const scenario of scenarios)
    it(scenario.name, async () => {
      for (const seed of SEEDS) {
        const verdict = await play(scenario, seed, (path) => new SourceReader(path));
        expect(verdict.lost).toEqual([]);
        expect(verdict.mangled).toEqual([]);
        if (scenario.mayRepeat !== true) expect(verdict.repeated).toEqual([]);
      }
    });
});
