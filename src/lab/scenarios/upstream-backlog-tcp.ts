import { startFreezableBackend } from '../frozen-backend.ts';
import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.9, connect_timeout: sockets in SYN-SENT, host-wide ListenOverflows rise in the backend's queue, not nginx's. */
export const scenario: Scenario = {
  id: 'upstream-backlog-tcp',
  title: 'A TCP backend stops accepting: connects to it time out',
  describe:
    'The listen queue of the hung backend is full, so the kernel drops further connects; nginx answers 504 after 3 s.',
  expected: { cause: 'upstream-backlog', alsoAllowed: ['upstream-unreachable', 'slow-upstream'] },
  proof: { errorLog: [/upstream timed out \(110: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  async prepare(lab) {
    const backend = await startFreezableBackend(null, 8);
    lab.onClose(backend.stop);
    return {
      config: {
        workerConnections: 256,
        server: `location / { proxy_pass http://${backend.address}; proxy_connect_timeout 3s; }`,
      },
      canary: { patienceMs: 8000 },
      fault() {
        backend.freeze();
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};
