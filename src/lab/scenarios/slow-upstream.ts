import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.1: 2 × 128 slots, 8 requests a second, backend 50 ms → 30 s. */
export const scenario: Scenario = {
  id: 'slow-upstream',
  title: 'A backend turns slow and its waiting requests fill every slot',
  describe:
    'The backend goes from 50 ms to 30 s. Each waiting request holds two slots, one to the client and one to the ' +
    'backend; after about 15 s the workers are full and every client gets a 500, while accepts − handled stays 0.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough while connecting to upstream/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 50 } });
    return {
      config: { workerConnections: 128, server: `location /api/ { proxy_pass http://${backend.address}; }` },
      canary: { path: '/api/canary', patienceMs: 25_000 },
      fault() {
        backend.behave({ kind: 'answer', afterMs: 30_000 });
        lab.requests({ path: '/api/x', perSecond: 4 });
      },
    };
  },
};
