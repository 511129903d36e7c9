import { startFreezableBackend } from '../frozen-backend.ts';
import type { Scenario } from '../scenario.ts';

/** NGINX.md §9: errno 11 on a unix connect is the backend's own full queue. */
export const scenario: Scenario = {
  id: 'upstream-backlog',
  title: 'The application behind a unix socket stops accepting and its queue of 8 is full',
  describe:
    'The backend process hangs. The first requests wait in its listen queue; all others fail with errno 11, a 502.',
  expected: { cause: 'upstream-backlog' },
  proof: { errorLog: [/connect\(\) to unix:.* failed \(11: /], outcomes: ['http-5xx'] },
  async prepare(lab) {
    const backend = await startFreezableBackend(`${lab.nginx.prefix}/app.sock`, 8);
    lab.onClose(backend.stop);
    return {
      config: { workerConnections: 256, server: `location / { proxy_pass http://${backend.address}; }` },
      canary: { patienceMs: 8000 },
      fault() {
        backend.freeze();
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};
