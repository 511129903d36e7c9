/**
 * Clients keep their connections open after one request. nginx closes idle ones to make room, and no client is refused.
 */
import { get } from '../get.ts';
import type { Lab } from '../lab.ts';
import type { ConfigPlan } from '../nginx-config.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Idle clients fill 128 slots until nginx closes as many as arrive (src/nginx/README.md §4.2). */
function keepalivePileup(lab: Lab, config: Partial<ConfigPlan> = {}): LabPlan {
  return {
    config: { workers: 1, workerConnections: 128, ...config, server: 'keepalive_timeout 300s;' },
    fault: () => lab.hold({ perSecond: 15, atMost: 400, hello: get('/'), sources: 400 }),
  };
}

export const scenario: Scenario = {
  id: 'keepalive-pileup',
  title: 'Idle keep-alive connections fill the slots (no client is refused yet)',
  describe:
    'Clients keep their connections open after one request. The slots plateau at 82–93% because nginx closes idle ' +
    'ones to make room. No client is refused: a warning, not an outage.',
  expected: { cause: 'keepalive-pileup', mayStaySilent: true },
  proof: { holds: 100, notInErrorLog: [/worker_connections are not enough$/m], loses: false },
  prepare: (lab) => keepalivePileup(lab),
};

const warn: Scenario = {
  id: 'keepalive-pileup-warn',
  title: 'Idle keep-alive connections, with the warnings visible in the log',
  describe: 'As keepalive-pileup, with error_log at warn: nginx logs once a second that it reuses connections.',
  expected: { cause: 'keepalive-pileup' },
  proof: { errorLog: [/\[warn\].*128 worker_connections are not enough, reusing connections/], loses: false },
  prepare: (lab) => keepalivePileup(lab, { errorLevel: 'warn' }),
};

export const variants: readonly Scenario[] = [warn];
