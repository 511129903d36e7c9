/** Ninety clients arrive at one moment and fit into the slots. All are served. */
import type { Scenario } from '../scenario.ts';

/**
 * 90 clients meet 256 slots. Active is 79 for less than a second, and nothing is logged (src/nginx/README.md §4.14).
 */
export const scenario: Scenario = {
  id: 'quiet-burst',
  title: 'One short burst of ninety clients',
  describe: 'A newsletter goes out: ninety clients in one moment, then silence. Everybody is served.',
  expected: { cause: null },
  proof: {
    accessLog: [/"GET \/api\/x HTTP\/1\.1" 200 /],
    notInErrorLog: [/worker_connections/],
    loses: false,
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 700 } });
    return {
      config: { workerConnections: 256, server: `location /api/ { proxy_pass http://${backend.address}; }` },
      fault() {
        for (let n = 0; n < 90; n += 1) void lab.ask({ path: '/api/x' });
      },
    };
  },
};
