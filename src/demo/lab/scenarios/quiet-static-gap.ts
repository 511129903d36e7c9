/**
 * An earlier outage left a gap between accepts and handled, and the log was rotated since. All clients are served now.
 */
import { renameSync } from 'node:fs';
import { holdConnections } from '../connection-holder.ts';
import type { Scenario } from '../scenario.ts';

/** The gap is 66 and constant, and the rotated log no longer shows its lines (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-static-gap',
  title: 'accepts and handled differ since an outage last week; nothing happens today',
  describe:
    'The worker was full once, the log was rotated since. The old gap stays in stub_status for ever and means nothing.',
  expected: { cause: null },
  proof: {
    rotatedErrorLog: [/64 worker_connections are not enough$/m],
    notInErrorLog: [/worker_connections/],
    loses: false,
  },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 64, server: '' },
    async history() {
      const stop = new AbortController();
      const hello = 'GET / HTTP/1.1\r\nHost: lab.test\r\n';
      holdConnections({ port: lab.nginx.port, perSecond: 250, atMost: 130, hello }, stop.signal);
      await lab.sleep(1500);
      stop.abort();
      renameSync(lab.nginx.errorLog, `${lab.nginx.errorLog}.1`);
      lab.nginx.signal('SIGUSR1');
      await lab.sleep(500);
    },
    fault: () => lab.requests({ path: '/', perSecond: 10 }),
  }),
};
