import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.5, closed loop: Δrequests ÷ Δhandled 0.73. */
export const scenario: Scenario = {
  id: 'reuse-drops-closed-loop',
  title: 'Sixty busy clients on 32 slots: a quarter of the requests is closed unread',
  describe:
    'Clients that come back at once after each answer keep the worker at its limit, and reuse feeds on the unread.',
  expected: { cause: 'reuse-drops', alsoAllowed: ['slot-capacity'] },
  proof: { errorLog: [/reusing connections/], outcomes: ['reset'] },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 32, errorLevel: 'warn', server: '' },
    canary: { perSecond: 10 },
    fault: () => lab.clients({ path: '/', clients: 60, pauseMs: 25 }),
  }),
};
