import type { Scenario } from '../scenario.ts';
import { slowUpstream } from './slow-upstream.ts';

export const scenario: Scenario = {
  id: 'slow-upstream-unix',
  title: 'A slow backend behind a unix socket, one worker, accept_mutex on',
  describe:
    'As slow-upstream, but the upstream sockets are unix sockets, which no TCP table shows, and a single worker ' +
    'with accept_mutex serves the status page from the same listener.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/worker_connections are not enough/], loses: true },
  prepare: (lab) =>
    slowUpstream(lab, {
      unix: true,
      config: { workers: 1, workerConnections: 200, events: 'accept_mutex on;', status: 'shared' },
    }),
};
