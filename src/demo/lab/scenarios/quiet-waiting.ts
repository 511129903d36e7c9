import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.14: Waiting is 98% of Active at 35% of the slots. */
export const scenario: Scenario = {
  id: 'quiet-waiting',
  title: 'Many idle keep-alive connections, plenty of room',
  describe:
    'Browsers keep their connections. Waiting is nearly all of Active, a third of the slots is used, all is well.',
  expected: { cause: null },
  proof: { holds: 80, notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 128, server: '' },
    fault: () => lab.hold({ perSecond: 15, atMost: 85, hello: get('/'), sources: 85 }),
  }),
};
