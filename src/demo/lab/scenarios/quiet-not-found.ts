/** A scanner requests files that do not exist, and each request logs an error. All other clients are served. */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'quiet-not-found',
  title: 'A scanner asks for files that are not there: an error line each',
  describe: 'The error log fills with "open() failed (2: No such file or directory)". This is background noise.',
  expected: { cause: null },
  proof: { errorLog: [/\(2: No such file or directory\)/], notInErrorLog: [/worker_connections/], loses: false },
  prepare: (lab) => ({
    config: { workerConnections: 256, server: '' },
    fault: () => lab.requests({ path: '/wp-login.php', perSecond: 40, sources: 1 }),
  }),
};
