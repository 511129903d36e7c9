import type { Scenario } from '../scenario.ts';
import { slowHeaders } from './slow-clients.ts';

export const scenario: Scenario = {
  id: 'slow-clients-sources',
  title: 'Slow request headers from two hundred addresses at once',
  describe: 'As slow-clients, but no single source stands out: limit_conn by address would not help.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowHeaders(lab, '', 200),
};
