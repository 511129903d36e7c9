import { readFileSync } from 'node:fs';
import { LateCloser } from '../late-closer.ts';
import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.10: `keepalive` without HTTP/1.1 towards the backend; every request leaves a TIME_WAIT on nginx's side. */
export const scenario: Scenario = {
  id: 'upstream-keepalive-off',
  title: 'Upstream keepalive is configured but not in effect: a new connection per request',
  describe:
    'The upstream block has keepalive 16, but proxy_http_version is left at 1.0 (or Connection at close). Each request opens ' +
    'and closes a connection; thousands of TIME_WAIT sockets pile up. Nobody is hurt yet.',
  expected: { cause: 'upstream-keepalive-off' },
  // A warning that hurts nobody yet is held back for half a minute.
  faultSeconds: 60,
  proof: {
    loses: false,
    check() {
      const timeWait = Number(/^TCP:.* tw (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1] ?? 0);
      return timeWait > 1000 ? [] : [`only ${timeWait} sockets are in TIME_WAIT`];
    },
  },
  async prepare(lab) {
    const backend = await LateCloser.start();
    lab.onClose(() => backend.stop());
    return {
      config: {
        workerConnections: 512,
        http: `upstream app { server ${backend.address}; keepalive 16; }`,
        server: 'location / { proxy_pass http://app; }',
      },
      fault: () => lab.requests({ path: '/x', perSecond: 120 }),
    };
  },
};
