import { get } from '../get.ts';
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.2: idle clients pile up on 1 × 128 slots until reuse closes as many as come. */
export function keepalivePileup(lab: Lab, config: Partial<ConfigPlan> = {}): LabPlan {
  return {
    config: { workers: 1, workerConnections: 128, ...config, server: 'keepalive_timeout 300s;' },
    fault: () => lab.hold({ perSecond: 15, atMost: 400, hello: get('/'), sources: 400 }),
  };
}

export const scenario: Scenario = {
  id: 'keepalive-pileup',
  title: 'Idle keep-alive connections fill the slots (nobody is refused yet)',
  describe:
    'Clients keep their connections open after one request. The slots plateau at 82–93% because nginx closes idle ' +
    'ones to make room. Nobody is refused: a warning, not an outage.',
  expected: { cause: 'keepalive-pileup', mayStaySilent: true },
  proof: { holds: 100, notInErrorLog: [/worker_connections are not enough$/m], loses: false },
  prepare: (lab) => keepalivePileup(lab),
};
