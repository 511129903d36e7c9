import type { Scenario } from '../scenario.ts';
import { slowHeaders } from './slow-clients.ts';

export const scenario: Scenario = {
  id: 'slow-clients-reuseport',
  title: 'Slow request headers against four workers with reuseport',
  describe: 'As slow-clients, with a kernel queue for each of four workers: all fill alike, and none can be spared.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => {
    const plan = slowHeaders(lab, '', 200);
    return { ...plan, config: { workers: 4, workerConnections: 64, listenFlags: 'reuseport', server: '' } };
  },
};
