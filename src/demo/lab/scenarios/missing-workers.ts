/**
 * Three of four workers exit and cannot be replaced because their working directory is gone. Clients are served by one
 * worker.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { sendSignal } from '../process-tree.ts';
import type { Scenario } from '../scenario.ts';

/**
 * A worker that fails at start exits with code 2, and nginx does not start it again (ngx_process.c,
 * ngx_process_cycle.c).
 */
export const scenario: Scenario = {
  id: 'missing-workers',
  title: 'Three of four workers are gone and cannot be respawned',
  describe:
    'Workers die and their replacements fail at start, because the working directory is gone. nginx gives up on ' +
    'them for good: a quarter of the capacity carries all the traffic.',
  expected: { cause: 'missing-workers', alsoAllowed: ['worker-killed'] },
  proof: {
    errorLog: [/exited with fatal code 2 and cannot be respawned/],
    check: (lab) => (lab.nginx.childPids.length === 1 ? [] : [`${lab.nginx.childPids.length} workers run, not 1`]),
  },
  prepare(lab) {
    const folder = join(lab.nginx.prefix, 'work');
    mkdirSync(folder);
    return {
      config: { workers: 4, workerConnections: 128, main: `working_directory ${folder};`, server: '' },
      fault() {
        rmdirSync(folder);
        for (const pid of lab.nginx.childPids.slice(1)) sendSignal(pid, 'SIGTERM');
        lab.requests({ path: '/', perSecond: 10 });
      },
    };
  },
};
