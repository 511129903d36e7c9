/** A backend stops accepting and its listen queue fills. Clients get a 502 (unix socket) or a 504 (TCP). */
import { startFreezableBackend } from '../frozen-backend.ts';
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** A backend with a queue of 8 that stops accepting: on a unix socket, or on a TCP port when `unixPath` is null. */
async function frozenBackend(lab: Lab, unixPath: string | null, locationLines = ''): Promise<LabPlan> {
  const backend = await startFreezableBackend(unixPath, 8, lab.nginx.workers);
  lab.onClose(backend.stop);
  return {
    config: { workerConnections: 256, server: `location / { proxy_pass http://${backend.address}; ${locationLines} }` },
    canary: { patienceMs: 8000 },
    fault() {
      backend.freeze();
      lab.requests({ path: '/x', perSecond: 5 });
    },
  };
}

/** On a unix socket errno 11 from connect() means that the queue of the backend is full (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'upstream-backlog',
  title: 'The application behind a unix socket stops accepting and its queue of 8 is full',
  describe:
    'The backend process hangs. The first requests wait in its listen queue; all others fail with errno 11, a 502.',
  expected: { cause: 'upstream-backlog' },
  proof: { errorLog: [/connect\(\) to unix:.* failed \(11: /], outcomes: ['http-5xx'] },
  prepare: (lab) => frozenBackend(lab, `${lab.nginx.prefix}/app.sock`),
};

/**
 * Sockets stay in SYN-SENT, and ListenOverflows of the host grows for the queue of the backend, not of nginx
 * (src/nginx/README.md §4.9).
 */
const tcp: Scenario = {
  id: 'upstream-backlog-tcp',
  title: 'A TCP backend stops accepting: connects to it time out',
  describe:
    'The listen queue of the hung backend is full, so the kernel drops further connects; nginx answers 504 after 3 s.',
  expected: { cause: 'upstream-backlog', alsoAllowed: ['upstream-unreachable', 'slow-upstream'] },
  proof: { errorLog: [/upstream timed out \(110: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  prepare: (lab) => frozenBackend(lab, null, 'proxy_connect_timeout 3s;'),
};

export const variants: readonly Scenario[] = [tcp];
