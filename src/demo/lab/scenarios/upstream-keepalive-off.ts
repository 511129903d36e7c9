/**
 * An upstream has `keepalive` but nginx speaks HTTP/1.0 or sends Connection: close. TIME_WAIT sockets accumulate, and
 * no client is lost.
 */
import { readFileSync } from 'node:fs';
import { LateCloser } from '../late-closer.ts';
import type { Scenario } from '../scenario.ts';

/**
 * `keepalive` without HTTP/1.1 towards the backend: each request leaves a TIME_WAIT on the side of nginx
 * (src/nginx/README.md §4.10).
 */
export const scenario: Scenario = {
  id: 'upstream-keepalive-off',
  title: 'Upstream keepalive is configured but not in effect: a new connection per request',
  describe:
    'The upstream block has keepalive 16, but proxy_http_version is left at 1.0 (or Connection at close). Each request opens ' +
    'and closes a connection; thousands of TIME_WAIT sockets pile up. No client is lost yet.',
  expected: { cause: 'upstream-keepalive-off' },
  // A warning without a loss is held for half a minute.
  faultSeconds: 60,
  proof: {
    loses: false,
    check({ nginx }) {
      const port = Number(/server 127\.0\.0\.1:(\d+); keepalive/.exec(readFileSync(nginx.configFile, 'utf8'))?.[1]);
      // Columns of /proc/net/tcp: remote address, then the state; 06 is TIME_WAIT.
      const toBackend = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 06 `;
      const timeWait = readFileSync('/proc/net/tcp', 'utf8').split(toBackend).length - 1;
      return timeWait > 1000 ? [] : [`only ${timeWait} sockets towards the backend are in TIME_WAIT`];
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
