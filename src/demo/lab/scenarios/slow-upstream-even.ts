import type { Scenario } from '../scenario.ts';
import { slowUpstream } from './slow-upstream.ts';

/** src/nginx/README.md §1.2: one listener more makes the free slots even, and the accept fails instead of the upstream connect. */
export const scenario: Scenario = {
  id: 'slow-upstream-even',
  title: 'The same slow backend, but clients are reset instead of getting a 500',
  describe:
    'One listen directive more makes the number of free slots even: now the accept fails, clients are reset, the ' +
    'accepts − handled gap grows and the access log stays silent. The cause is the same slow backend.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/\d+#\d+: 128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowUpstream(lab, { config: { server: `listen unix:${lab.nginx.prefix}/extra.sock;` } }),
};
