import type { Scenario } from '../scenario.ts';
import { tooMuchTraffic } from './slot-capacity.ts';

export const scenario: Scenario = {
  id: 'slot-capacity-reuseport',
  title: 'More clients than slots, spread evenly over four workers by reuseport',
  describe: 'As slot-capacity, with 4 × 64 slots and a kernel queue for each worker, so that all fill alike.',
  expected: { cause: 'slot-capacity' },
  proof: { errorLog: [/64 worker_connections are not enough/], loses: true },
  faultSeconds: 20,
  prepare: (lab) => tooMuchTraffic(lab, 450, { workers: 4, listenFlags: 'reuseport' }),
};
