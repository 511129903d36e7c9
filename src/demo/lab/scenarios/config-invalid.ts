import { appendFileSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §3 R2. */
export const scenario: Scenario = {
  id: 'config-invalid',
  title: 'A reload was refused: the config on disk is broken',
  describe:
    'A reload loads a config with a typo. nginx keeps the old one, and the error stays unnoticed until the next restart fails.',
  expected: { cause: 'config-invalid' },
  proof: { errorLog: [/\[emerg\].*unknown directive "proxy_pas"/], loses: false },
  faultSeconds: 20,
  prepare: (lab) => ({
    config: { workerConnections: 256, server: '' },
    fault() {
      appendFileSync(lab.nginx.configFile, 'proxy_pas http://127.0.0.1;\n');
      lab.nginx.signal('SIGHUP');
    },
  }),
};

/** src/nginx/README.md §3 X1: the same words as exhaustion, but a refused config. */
const slots: Scenario = {
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

export const variants: readonly Scenario[] = [slots];
