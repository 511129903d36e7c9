/** Every bundle in `scenarios/`, recorded in the lab or written from a cited report, is replayed and named right. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../src/config/schema.ts';
import { type ReplayOptions, replay } from '../src/replay/replay.ts';
import { loadCauses } from '../src/service/load-causes.ts';

const SCENARIOS = resolve(import.meta.dirname, 'scenarios');

interface Expectation {
  readonly verdict: 'named' | 'healthy' | 'cannot-tell';
  readonly cause: string | null;
  readonly alsoAllowed: readonly string[];
  readonly mayStaySilent: boolean;
  readonly origin: string;
}

const read = (id: string): Expectation => JSON.parse(readFileSync(join(SCENARIOS, id, 'expected.json'), 'utf8'));

let options: ReplayOptions;
beforeAll(async () => {
  const { thresholds, incidents } = configSchema.parse({});
  options = { causes: await loadCauses(), thresholds, incidents, patternFolders: [], host: 'recorded' };
});

describe('recorded evidence', () => {
  it.each(readdirSync(SCENARIOS))('%s', async (id) => {
    const expected = read(id);
    expect(expected.origin).not.toBe('');
    const { diagnosis, incidents } = await replay(join(SCENARIOS, id), options);
    const allowed = [expected.cause ?? expected.verdict, ...expected.alsoAllowed];
    if (expected.mayStaySilent) allowed.push('healthy', 'cannot-tell');
    expect(allowed).toContain(diagnosis.cause ?? diagnosis.verdict);
    if (expected.verdict === 'healthy') expect(incidents).toEqual([]);
  });
});
