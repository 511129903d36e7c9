/** Both logs are renamed and reopened with SIGUSR1. All clients are served. */
import { renameSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';

/** The last lines go to the old inode and the new file starts empty (log line G1 of src/nginx/README.md §3). */
export const scenario: Scenario = {
  id: 'quiet-rotation',
  title: 'Both logs are rotated by rename and SIGUSR1',
  describe:
    'logrotate renames the logs and signals nginx to reopen them. The new files are empty, and no client is lost.',
  expected: { cause: null },
  proof: { rotatedErrorLog: [/start worker process/], notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    fault() {
      let rotation = 0;
      lab.requests({ path: '/', perSecond: 30 });
      lab.every(7000, () => {
        rotation += 1;
        for (const log of [lab.nginx.errorLog, lab.nginx.accessLog]) renameSync(log, `${log}.${rotation}`);
        lab.nginx.signal('SIGUSR1');
      });
    },
  }),
};
