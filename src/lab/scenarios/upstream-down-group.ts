import type { Scenario } from '../scenario.ts';

/** NGINX.md §3 U1, U2: refused first, then `no live upstreams`; the first error is the cause, not the last. */
export const scenario: Scenario = {
  id: 'upstream-down-group',
  title: 'Both backends of a group are gone: refused first, then "no live upstreams"',
  describe: 'Two backends end. nginx soon stops asking them and logs only that none is left.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'] },
  proof: { errorLog: [/\(111: /, /no live upstreams while connecting to upstream/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  async prepare(lab) {
    const backends = await Promise.all([0, 1].map(() => lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } })));
    return {
      config: {
        workerConnections: 256,
        http: `upstream app { ${backends.map((backend) => `server ${backend.address};`).join(' ')} }`,
        server: 'location / { proxy_pass http://app; }',
      },
      async fault() {
        await Promise.all(backends.map((backend) => backend.stop()));
        lab.requests({ path: '/x', perSecond: 10 });
      },
    };
  },
};
