/** The nginx binary is upgraded with USR2 and QUIT. For eight seconds two masters run, and all clients are served. */
import { sendSignal } from '../process-tree.ts';
import type { Scenario } from '../scenario.ts';

/** For a while two masters run with two sets of counters, then only the new one (src/nginx/README.md §3 R3, §4.8). */
export const scenario: Scenario = {
  id: 'quiet-upgrade',
  title: 'The nginx binary is upgraded on the fly (USR2, then QUIT)',
  describe:
    'For eight seconds two masters share the listeners and probes alternate between their counters. No client is lost.',
  expected: { cause: null },
  proof: {
    errorLog: [/start new binary process \d+/, /signal 3 \(SIGQUIT\) received/],
    notInErrorLog: [/worker_connections/],
    loses: false,
  },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    // nginx ignores USR2 while the process that started it still runs (ngx_process.c, ngx_signal_handler).
    wrap: ['sh', '-c', '"$@" & sleep 1', 'sh'],
    async fault() {
      lab.requests({ path: '/', perSecond: 30 });
      await lab.sleep(2000);
      if (lab.load.aborted) return;
      const oldMaster = lab.nginx.masterPid;
      lab.nginx.signal('SIGUSR2');
      await lab.sleep(8000);
      if (oldMaster !== null && oldMaster !== lab.nginx.masterPid) sendSignal(oldMaster, 'SIGQUIT');
    },
  }),
};
