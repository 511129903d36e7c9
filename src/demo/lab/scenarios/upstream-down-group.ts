import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** A group of two backends, the first `ended` of which are stopped. */
export async function groupOfTwo(lab: Lab, ended: number): Promise<LabPlan> {
  const backends = await Promise.all([0, 1].map(() => lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } })));
  return {
    config: {
      workerConnections: 256,
      http: `upstream app { ${backends.map((backend) => `server ${backend.address};`).join(' ')} }`,
      server: 'location / { proxy_pass http://app; }',
    },
    async fault() {
      await Promise.all(backends.slice(0, ended).map((backend) => backend.stop()));
      lab.requests({ path: '/x', perSecond: 10 });
    },
  };
}

/** src/nginx/README.md §3 U1, U2: refused first, then `no live upstreams`; the first error is the cause, not the last. */
export const scenario: Scenario = {
  id: 'upstream-down-group',
  title: 'Both backends of a group are gone: refused first, then "no live upstreams"',
  describe: 'Two backends end. nginx soon stops asking them and logs only that none is left.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'] },
  proof: { errorLog: [/\(111: /, /no live upstreams while connecting to upstream/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  prepare: (lab) => groupOfTwo(lab, 2),
};
