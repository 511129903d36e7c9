/** Idle keep-alive clients use a third of the slots. All clients are served. */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/** Waiting is 98% of Active at 35% of the slots (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-waiting',
  title: 'Many idle keep-alive connections, plenty of room',
  describe:
    'Browsers keep their connections. Waiting is nearly all of Active, a third of the slots is used, no client is lost.',
  expected: { cause: null },
  proof: { holds: 80, notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 128, server: '' },
    fault: () => lab.hold({ perSecond: 15, atMost: 85, hello: get('/'), sources: 85 }),
  }),
};
