import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.9, one_bad: U1 and U3, clients see 200 only. */
export const scenario: Scenario = {
  id: 'upstream-down-one-of-two',
  title: 'One of two backends is gone; nginx retries and clients notice nothing',
  describe: 'Connects to one backend are refused and go to the other. Nobody is hurt: worth a warning at most.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'], mayStaySilent: true },
  proof: { errorLog: [/\(111: /], loses: false },
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
        await backends[0]?.stop();
        lab.requests({ path: '/x', perSecond: 10 });
      },
    };
  },
};
