import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.1: with a short proxy_read_timeout and room to spare the slots never fill; clients get 504. */
export const scenario: Scenario = {
  id: 'slow-upstream-timeouts',
  title: 'A slow backend that proxy_read_timeout cuts off: 504s, slots never full',
  describe: 'The backend hangs, nginx gives up after 5 s each time. Clients get 504 although slots are plentiful.',
  expected: { cause: 'slow-upstream' },
  proof: {
    errorLog: [/upstream timed out \(110: \w+ timed out\) while reading response header from upstream/],
    notInErrorLog: [/worker_connections/],
    outcomes: ['http-5xx'],
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 50 } });
    return {
      config: {
        workerConnections: 256,
        server: `location /api/ { proxy_pass http://${backend.address}; proxy_read_timeout 5s; }`,
      },
      canary: { path: '/api/canary', patienceMs: 10_000 },
      fault() {
        backend.behave({ kind: 'hang' });
        lab.requests({ path: '/api/x', perSecond: 4 });
      },
    };
  },
};
