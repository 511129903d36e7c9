/**
 * nginx has no stub_status and serves ordinary traffic. All clients are served, and gapwatch reports one blind spot.
 */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'quiet-no-status',
  title: 'Healthy traffic on an nginx that has no stub_status',
  describe: 'There is no status page. That is a blind spot to report once, not a failure.',
  expected: { cause: null },
  proof: { notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 256, status: 'none', accessFormat: 'combined', server: '' },
    fault: () => lab.requests({ path: '/', perSecond: 20 }),
  }),
};
