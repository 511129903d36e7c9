import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §3 X1: the same words as exhaustion, but a refused config. */
export const scenario: Scenario = {
  id: 'config-invalid-slots',
  title: 'A reload was refused: fewer worker_connections than listening sockets',
  describe: 'The reload asks for 2 worker_connections with 2 listeners. The line reads like exhaustion and is none.',
  expected: { cause: 'config-invalid' },
  proof: { errorLog: [/\[emerg\].*1 worker_connections are not enough for 2 listening sockets/], loses: false },
  faultSeconds: 20,
  prepare: (lab) => ({
    config: { workerConnections: 256, server: '' },
    fault() {
      lab.nginx.writeConfig({ workerConnections: 1, server: '' });
      lab.nginx.signal('SIGHUP');
    },
  }),
};
