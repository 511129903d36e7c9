/**
 * nginx reloads a configuration with an error and refuses it. The old workers keep serving, so clients notice nothing.
 */
import { appendFileSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';

/** Log line R2 of src/nginx/README.md §3. */
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

/** Log line X1 of src/nginx/README.md §3: the words of exhaustion, logged for a refused configuration. */
const slots: Scenario = {
  id: 'config-invalid-slots',
  title: 'A reload was refused: fewer worker_connections than listening sockets',
  describe:
    'The reload asks for 2 worker_connections with 2 listeners. The log line resembles exhaustion, but no slot is used up.',
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
