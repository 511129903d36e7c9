import type { Scenario } from '../scenario.ts';
import { stopWorkers } from './stalled-worker.ts';

/** src/nginx/README.md §4.7: one of two workers stopped with reuseport: half of the clients cannot connect. */
export const scenario: Scenario = {
  id: 'stalled-worker-reuseport',
  title: 'One of two workers stands still; with reuseport half of the clients are lost',
  describe: 'Each worker has a kernel queue of its own. The stopped one keeps getting its half of the clients.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { notInErrorLog: [/worker_connections/], loses: true, outcomes: ['ok'] },
  prepare: (lab) => stopWorkers(lab, 1, 'reuseport backlog=16'),
};
