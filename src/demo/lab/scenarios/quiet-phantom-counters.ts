/**
 * Workers crashed long ago and left their clients in the counters of stub_status. The slots are free and all clients
 * are served.
 */
import { renameSync } from 'node:fs';
import { holdConnections } from '../connection-holder.ts';
import { get } from '../get.ts';
import { sendSignal } from '../process-tree.ts';
import type { Scenario } from '../scenario.ts';

/** stub_status never subtracts the connections of a dead worker (src/nginx/README.md §4.13). */
export const scenario: Scenario = {
  id: 'quiet-phantom-counters',
  title: 'stub_status shows 90% Active since a crash last week; the slots are free',
  describe: 'Workers that crashed long ago left their clients in the counters. Only a restart would reset them.',
  expected: { cause: null },
  proof: {
    rotatedErrorLog: [/worker process \d+ exited on signal 9/],
    notInErrorLog: [/worker_connections/],
    loses: false,
  },
  prepare: (lab) => ({
    config: { workers: 2, workerConnections: 64, server: '' },
    async history() {
      for (let crash = 0; crash < 2; crash += 1) {
        const stop = new AbortController();
        const hello = get('/');
        holdConnections({ port: lab.nginx.port, perSecond: 200, atMost: 60, hello }, stop.signal);
        await lab.sleep(1000);
        for (const pid of lab.nginx.childPids) sendSignal(pid, 'SIGKILL');
        stop.abort();
        await lab.sleep(1000);
      }
      renameSync(lab.nginx.errorLog, `${lab.nginx.errorLog}.1`);
      lab.nginx.signal('SIGUSR1');
      await lab.sleep(500);
    },
    fault: () => lab.requests({ path: '/', perSecond: 10 }),
  }),
};
