/**
 * Both logs are rotated by copytruncate under traffic. Clients notice nothing, and old lines must not be read again.
 */
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'quiet-copytruncate',
  title: 'Both logs are rotated by copying and truncating',
  describe: 'The files shrink while they are followed. Old lines must not be read as new ones.',
  expected: { cause: null },
  proof: {
    notInErrorLog: [/start worker process/, /worker_connections/],
    loses: false,
    check: ({ nginx }) => (existsSync(`${nginx.errorLog}.1`) ? [] : ['no log was copied']),
  },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    fault() {
      lab.requests({ path: '/', perSecond: 30 });
      lab.every(7000, () => {
        for (const log of [lab.nginx.errorLog, lab.nginx.accessLog]) {
          copyFileSync(log, `${log}.1`);
          truncateSync(log, 0);
        }
      });
    },
  }),
};
