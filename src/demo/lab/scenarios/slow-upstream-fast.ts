import type { Scenario } from '../scenario.ts';
import { slowUpstream } from './slow-upstream.ts';

/** src/nginx/README.md §4.1, fast: 150 requests a second into 2 × 512 slots; everything is over in 3.3 s. */
export const scenario: Scenario = {
  id: 'slow-upstream-fast',
  title: 'A slow backend under heavy traffic: full within four seconds',
  describe: 'The backend hangs at 150 requests a second, so that the slots fill faster than any polling can warn of.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/512 worker_connections are not enough/], loses: true },
  faultSeconds: 20,
  prepare: (lab) => slowUpstream(lab, { config: { workerConnections: 512 }, perSecond: 145 }),
};
