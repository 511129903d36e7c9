/** nginx reloads twice under load. All new clients are served; a note may be reported, but no incident. */
import type { Scenario } from '../scenario.ts';

/** Reloads under 100 requests a second keep the gap at 0 and fail no new connection (src/nginx/README.md §4.8). */
export const scenario: Scenario = {
  id: 'quiet-reload',
  title: 'Two reloads under load, as any deployment does',
  describe: 'Workers change twice within half a minute. No new connection fails; a note is right, an incident is not.',
  expected: { cause: null },
  proof: {
    errorLog: [/signal 1 \(SIGHUP\) received/],
    notInErrorLog: [/worker_connections/, /emerg/],
    loses: false,
  },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    fault() {
      lab.requests({ path: '/', perSecond: 60 });
      lab.every(12_000, () => lab.nginx.signal('SIGHUP'));
    },
  }),
};
