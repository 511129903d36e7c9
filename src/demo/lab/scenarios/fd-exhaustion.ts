/** Workers reach a descriptor limit that is far below their slots. Clients first get 500s, then connect and hang. */
import { get } from '../get.ts';
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/**
 * Idle clients take the descriptors of a worker with 1024 slots and worker_rlimit_nofile 64 (src/nginx/README.md §4.6).
 */
export function fdExhaustion(lab: Lab, config: Partial<ConfigPlan> = {}): LabPlan {
  return {
    config: {
      workers: 1,
      workerConnections: 1024,
      main: 'worker_rlimit_nofile 64;',
      ...config,
      server: 'keepalive_timeout 300s;',
    },
    fault: () => lab.hold({ perSecond: 5, atMost: 300, hello: get('/'), sources: 50 }),
  };
}

export const scenario: Scenario = {
  id: 'fd-exhaustion',
  title: 'The worker runs out of file descriptors long before it runs out of slots',
  describe:
    'worker_rlimit_nofile is 64 although worker_connections is 1024. Clients first get 500s for files that cannot be ' +
    'opened, then wait or hang, because accept() itself fails and pauses. accepts − handled stays 0.',
  expected: { cause: 'fd-exhaustion' },
  // The number of clients that hang depends on how many arrive in the half second in which nginx stops accepting.
  proof: { errorLog: [/\[crit\].*accept4?\(\) failed \(24: /], outcomes: ['http-5xx'] },
  prepare: (lab) => fdExhaustion(lab),
};

/** With two workers the other one accepts, so clients get 500s and none hangs (src/nginx/README.md §4.6). */
const twoWorkers: Scenario = {
  id: 'fd-exhaustion-two-workers',
  title: 'Two workers run out of file descriptors one after the other',
  describe: 'As fd-exhaustion with two workers: while one still has descriptors the other answers only with 500s.',
  expected: { cause: 'fd-exhaustion' },
  proof: { errorLog: [/failed \(24: /], loses: true },
  faultSeconds: 40,
  prepare: (lab) => fdExhaustion(lab, { workers: 2 }),
};

/** Upstream sockets fail first: log line F3 and 500s (src/nginx/README.md §4.6). */
const upstream: Scenario = {
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

export const variants: readonly Scenario[] = [twoWorkers, upstream];
