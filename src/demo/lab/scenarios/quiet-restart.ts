/** nginx is restarted once. Clients are refused for at most 0.2 s, and the counters restart from zero. */
import type { Scenario } from '../scenario.ts';

/** All counters restart from 0, and connections are refused for at most 0.2 s (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-restart',
  title: 'nginx is restarted once',
  describe: 'Stop and start within a moment. The counters start from zero: a negative delta, not a failure.',
  expected: { cause: null },
  proof: { notInErrorLog: [/worker_connections/] },
  prepare: (lab) => ({
    config: { workerConnections: 256, server: '' },
    async fault() {
      lab.requests({ path: '/', perSecond: 10 });
      await lab.nginx.stop();
      await lab.nginx.start();
    },
  }),
};
