import type { Scenario } from '../scenario.ts';
import { resolvedUpstream } from './upstream-dns.ts';

export const scenario: Scenario = {
  id: 'upstream-dns-nxdomain',
  title: 'The name of the backend no longer exists',
  describe: 'The record was deleted. The resolver answers, but says there is no such host; clients get 502.',
  expected: { cause: 'upstream-dns' },
  proof: { errorLog: [/app\.lab\.test could not be resolved \(3: Host not found\)/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  prepare: (lab) =>
    resolvedUpstream(lab, (dns) => {
      dns.mode = 'unknown';
    }),
};
