import { startFreezableBackend } from '../frozen-backend.ts';
import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** A backend with a queue of 8 that stops accepting; on a unix socket, or (null) on a TCP port. */
export async function frozenBackend(lab: Lab, unixPath: string | null, locationLines = ''): Promise<LabPlan> {
  const backend = await startFreezableBackend(unixPath, 8);
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

/** src/nginx/README.md §9: errno 11 on a unix connect is the backend's own full queue. */
export const scenario: Scenario = {
  id: 'upstream-backlog',
  title: 'The application behind a unix socket stops accepting and its queue of 8 is full',
  describe:
    'The backend process hangs. The first requests wait in its listen queue; all others fail with errno 11, a 502.',
  expected: { cause: 'upstream-backlog' },
  proof: { errorLog: [/connect\(\) to unix:.* failed \(11: /], outcomes: ['http-5xx'] },
  prepare: (lab) => frozenBackend(lab, `${lab.nginx.prefix}/app.sock`),
};
