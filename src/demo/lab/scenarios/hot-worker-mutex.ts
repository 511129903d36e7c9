import type { Scenario } from '../scenario.ts';
import { hotWorker } from './hot-worker.ts';

/** src/nginx/README.md §1.4: with accept_mutex on 26–30% of the clients are refused instead of all. */
export const scenario: Scenario = {
  id: 'hot-worker-mutex',
  title: 'One of four workers is full; accept_mutex shares the damage',
  describe: 'As hot-worker with accept_mutex on: the full worker gets its turn like the others and resets a quarter.',
  expected: { cause: 'hot-worker', alsoAllowed: ['slow-downloads'] },
  proof: { errorLog: [/64 worker_connections are not enough$/m], loses: true },
  prepare: (lab) => hotWorker(lab, 'accept_mutex on;'),
};
