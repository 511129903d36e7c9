/** The nginx master is stopped and not started again. Every client gets connection refused. */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'nginx-down',
  title: 'nginx has stopped',
  describe: 'The master process was stopped and is not started again. Every connect is refused.',
  expected: { cause: 'nginx-down' },
  proof: { outcomes: ['refused'] },
  faultSeconds: 20,
  prepare: (lab) => ({
    config: { workerConnections: 256, server: '' },
    fault: () => lab.nginx.stop(),
  }),
};
