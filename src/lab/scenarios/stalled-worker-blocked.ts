import type { Scenario } from '../scenario.ts';

/**
 * NGINX.md §3 B1, §4.7: a regex that backtracks for a second and more per request blocks the event loop; the main
 * port's queue overflows while the worker burns a whole CPU.
 */
export const scenario: Scenario = {
  id: 'stalled-worker-blocked',
  title: 'A catastrophic regex blocks the event loop of the only worker',
  describe:
    'Some URLs make a location regex backtrack for a long time at 100 % CPU. Meanwhile the worker accepts nobody and ' +
    'the listen queue overflows.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { notInErrorLog: [/worker_connections/], loses: true },
  prepare: (lab) => ({
    config: {
      workers: 1,
      workerConnections: 512,
      main: 'pcre_jit off;',
      listenFlags: 'backlog=16',
      server: 'location ~ "^(/(a|aa)+0)+$" { return 200; } location / { }',
    },
    canary: { perSecond: 5 },
    fault: () => lab.requests({ path: `/${'a'.repeat(60)}`, perSecond: 25, patienceMs: 4000, atMost: 200 }),
  }),
};
