import type { Scenario } from '../scenario.ts';
import { movedTo } from './upstream-unreachable.ts';

/** src/nginx/README.md §9: errno 13. SELinux is the usual author; a `prohibit` route gives the same errno anywhere. */
export const scenario: Scenario = {
  id: 'upstream-denied',
  title: 'nginx is not allowed to connect to the backend: errno 13',
  describe: 'A security policy forbids the connect. It fails at once with "Permission denied" and clients get 502.',
  expected: { cause: 'upstream-denied' },
  proof: { errorLog: [/failed \(13: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  faultSeconds: 20,
  namespace: { sysctls: {}, setUp: ['ip route add prohibit 192.0.2.0/24'] },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};
