/**
 * One or all backends exit and their ports refuse connections. Clients get a 502, unless another backend takes over.
 */
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Log line U1 and a 502 at once (src/nginx/README.md §4.9). */
export const scenario: Scenario = {
  id: 'upstream-down',
  title: 'The backend is gone: connection refused, 502 for everyone',
  describe: 'The backend process ends. Its port answers every connect with a reset and clients get 502 at once.',
  expected: { cause: 'upstream-down' },
  proof: {
    errorLog: [/connect\(\) failed \(111: Connection refused\) while connecting to upstream/],
    outcomes: ['http-5xx'],
  },
  faultSeconds: 20,
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
    return {
      config: { workerConnections: 256, server: `location / { proxy_pass http://${backend.address}; }` },
      async fault() {
        await backend.stop();
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};

/** A group of two backends, the first `ended` of which are stopped. */
async function groupOfTwo(lab: Lab, ended: number): Promise<LabPlan> {
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

/**
 * Connects are refused first, then `no live upstreams` follows. The first error is the cause (src/nginx/README.md §3
 * U1, U2).
 */
const group: Scenario = {
  id: 'upstream-down-group',
  title: 'Both backends of a group are gone: refused first, then "no live upstreams"',
  describe: 'Two backends end. nginx soon stops asking them and logs only that no server is live.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'] },
  proof: { errorLog: [/\(111: /, /no live upstreams while connecting to upstream/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  prepare: (lab) => groupOfTwo(lab, 2),
};

/** Log lines U1 and U3; clients get only 200s (src/nginx/README.md §4.9). */
const oneOfTwo: Scenario = {
  id: 'upstream-down-one-of-two',
  title: 'One of two backends is gone; nginx retries and clients notice nothing',
  describe: 'Connects to one backend are refused and go to the other. No client is lost: worth a warning at most.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'], mayStaySilent: true },
  proof: { errorLog: [/\(111: /], loses: false },
  faultSeconds: 20,
  prepare: (lab) => groupOfTwo(lab, 1),
};

export const variants: readonly Scenario[] = [group, oneOfTwo];
