import { sendSignal } from '../process-tree.ts';
import type { Scenario } from '../scenario.ts';

/** NGINX.md §3 R3, §4.8: two masters with two sets of counters for a while, then only the new one. */
export const scenario: Scenario = {
  id: 'quiet-upgrade',
  title: 'The nginx binary is upgraded on the fly (USR2, then QUIT)',
  describe:
    'For eight seconds two masters share the listeners and probes alternate between their counters. Nobody is hurt.',
  expected: { cause: null },
  proof: { notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    async fault() {
      lab.requests({ path: '/', perSecond: 30 });
      await lab.sleep(2000);
      const oldMaster = lab.nginx.masterPid;
      lab.nginx.signal('SIGUSR2');
      await lab.sleep(8000);
      if (oldMaster !== null && oldMaster !== lab.nginx.masterPid) sendSignal(oldMaster, 'SIGQUIT');
    },
  }),
};
