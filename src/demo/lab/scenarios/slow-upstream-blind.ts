import type { Scenario } from '../scenario.ts';
import { slowUpstream } from './slow-upstream.ts';

export const scenario: Scenario = {
  id: 'slow-upstream-blind',
  title: 'A slow backend on an nginx without stub_status and with the bare access log',
  describe:
    'As slow-upstream, but there is no status page and the access log has no upstream times. What is left is the ' +
    'error log and the sockets of the workers, and they are enough.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  prepare: (lab) => slowUpstream(lab, { config: { status: 'none', accessFormat: 'combined' } }),
};
