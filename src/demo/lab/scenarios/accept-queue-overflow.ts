/**
 * Bursts of 200 clients arrive at a listener with backlog=4. The kernel drops the surplus: clients wait a second or
 * more, or get no answer.
 */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'accept-queue-overflow',
  title: 'Bursts of clients overflow a listen queue of 4',
  describe:
    'The listener has backlog=4, and two hundred clients arrive in the same moment, again and again. The kernel drops ' +
    'what nginx cannot accept at once; clients wait a second and more, or never get in. nginx logs nothing.',
  expected: { cause: 'accept-queue-overflow' },
  proof: { outcomes: ['ok', 'no-answer'], notInErrorLog: [/worker_connections are not enough/] },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 2048, listenFlags: 'backlog=4', server: '' },
    canary: { perSecond: 10 },
    fault: () => lab.bursts({ path: '/', clients: 200, everyMs: 700 }),
  }),
};
