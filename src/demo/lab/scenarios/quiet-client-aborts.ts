/**
 * Some clients close their connection before a backend of normal speed answers. The access log has 499s, and no client
 * is refused.
 */
import type { Scenario } from '../scenario.ts';

/** Each abort is a 499 in the access log (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-client-aborts',
  title: 'Impatient clients hang up before the answer: 499s',
  describe: 'A search page takes 700 ms as always, but some clients leave after 300 ms. The access log fills with 499.',
  expected: { cause: null },
  proof: { accessLog: [/" 499 /], notInErrorLog: [/worker_connections/], loses: false },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 700 } });
    return {
      config: { workerConnections: 256, server: `location /api/ { proxy_pass http://${backend.address}; }` },
      canary: { path: '/api/canary' },
      fault: () => lab.requests({ path: '/api/search', perSecond: 15, patienceMs: 300 }),
    };
  },
};
