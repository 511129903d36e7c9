import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.6, upstream variant: F3 and 500 first. */
export const scenario: Scenario = {
  id: 'fd-exhaustion-upstream',
  title: 'Too few file descriptors for a proxy: upstream sockets cannot be opened',
  describe: 'Two descriptors a request, and a limit of 64 for each worker: socket() fails and clients get 500.',
  expected: { cause: 'fd-exhaustion' },
  proof: { errorLog: [/\[alert\].*socket\(\) failed \(24: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 3000 } });
    return {
      config: {
        workerConnections: 1024,
        main: 'worker_rlimit_nofile 64;',
        server: `location /api/ { proxy_pass http://${backend.address}; }`,
      },
      canary: { path: '/api/canary', patienceMs: 6000, perSecond: 2 },
      fault: () => lab.requests({ path: '/api/x', perSecond: 20 }),
    };
  },
};
