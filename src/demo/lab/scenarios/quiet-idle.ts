/** One visitor arrives every two seconds. All are served. */
import type { Scenario } from '../scenario.ts';

/** The probe alone shows Active 1 and Writing 1: 100% of one connection (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-idle',
  title: 'Nothing happens: one visitor every two seconds',
  describe: 'An idle machine at night. Percentages of one connection mean nothing.',
  expected: { cause: null },
  proof: { notInErrorLog: [/./], loses: false },
  prepare: () => ({
    config: { workerConnections: 512, server: '' },
    canary: { perSecond: 0.5 },
    fault: () => undefined,
  }),
};
