import type { Scenario } from '../scenario.ts';
import { fdExhaustion } from './fd-exhaustion.ts';

/** src/nginx/README.md §4.6: with two workers another one accepts; no hang while it can, only 500s. */
export const scenario: Scenario = {
  id: 'fd-exhaustion-two-workers',
  title: 'Two workers run out of file descriptors one after the other',
  describe: 'As fd-exhaustion with two workers: while one still has descriptors the other only answers 500.',
  expected: { cause: 'fd-exhaustion' },
  proof: { errorLog: [/failed \(24: /], loses: true },
  faultSeconds: 40,
  prepare: (lab) => fdExhaustion(lab, { workers: 2 }),
};
