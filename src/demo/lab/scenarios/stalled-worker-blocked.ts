import type { Scenario } from '../scenario.ts';

/** Ends in what makes `^/(a|aa)+0$` fail after every way to split the letters was tried; the 0 defeats PCRE's shortcut. */
const POISON = `/${'a'.repeat(60)}!0`;

/**
 * src/nginx/README.md §3 B1, §4.7: a regex that backtracks until PCRE's match limit blocks the event loop for a tenth of a second
 * per request; the main port's queue overflows while the worker burns a whole CPU.
 */
export const scenario: Scenario = {
  id: 'stalled-worker-blocked',
  title: 'A catastrophic regex blocks the event loop of the only worker',
  describe:
    'Some URLs make a location regex backtrack for a long time at 100% CPU. Meanwhile the worker accepts nobody and ' +
    'the listen queue overflows.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { errorLog: [/pcre2?_\w+\(\) failed: -/], notInErrorLog: [/worker_connections/], loses: true },
  prepare: (lab) => ({
    config: {
      workers: 1,
      workerConnections: 512,
      listenFlags: 'backlog=16',
      server: 'location ~ "^/(a|aa)+0$" { return 200; }',
    },
    canary: { perSecond: 5 },
    fault: () => lab.requests({ path: POISON, perSecond: 25, patienceMs: 4000, atMost: 200 }),
  }),
};
