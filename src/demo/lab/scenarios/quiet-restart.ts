import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.14, restart: all counters from 0, at most 0.2 s refused. */
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
