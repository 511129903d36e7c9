import { get } from '../get.ts';
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.6: worker_rlimit_nofile 64, 1024 slots, idle clients take the descriptors. */
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
  // Whether anybody waits in vain depends on how many arrive in the half second for which nginx stops accepting.
  proof: { errorLog: [/\[crit\].*accept4?\(\) failed \(24: /], outcomes: ['http-5xx'] },
  prepare: (lab) => fdExhaustion(lab),
};
