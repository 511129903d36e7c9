import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.9: U1 and 502 at once. */
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
