/** Static files, a fast backend and idle keep-alive clients use 40% of the slots. All clients are served. */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/** Mixed traffic uses about 40% of the slots (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-mixed',
  title: 'A healthy site: static files, a quick backend, idle keep-alive clients, 40% of the slots',
  describe: 'Ordinary traffic of three kinds, well inside the limits. No client is lost and no incident may open.',
  expected: { cause: null },
  proof: { holds: 45, notInErrorLog: [/worker_connections/], loses: false },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 500 } });
    return {
      config: { workerConnections: 128, server: `location /api/ { proxy_pass http://${backend.address}; }` },
      canary: { path: '/api/canary' },
      fault() {
        lab.requests({ path: '/', perSecond: 10 });
        lab.requests({ path: '/api/x', perSecond: 20 });
        lab.hold({ perSecond: 20, atMost: 50, hello: get('/') });
      },
    };
  },
};
