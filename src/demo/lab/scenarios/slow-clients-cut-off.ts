import type { Scenario } from '../scenario.ts';
import { slowHeaders } from './slow-clients.ts';

/** src/nginx/README.md §4.3: client_header_timeout 10 s makes a plateau at 150 of 256; 408s, nobody refused. */
export const scenario: Scenario = {
  id: 'slow-clients-cut-off',
  title: 'Slow request headers that client_header_timeout keeps in check',
  describe:
    'The same slow clients, but each is cut off after 10 s. They level out at 60% of the slots, nobody is refused.',
  expected: { cause: 'slow-clients', mayStaySilent: true },
  proof: { accessLog: [/" 408 /], notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => slowHeaders(lab, 'client_header_timeout 10s;'),
};
