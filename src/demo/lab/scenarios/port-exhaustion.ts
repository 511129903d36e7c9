/**
 * Only 100 local ports are allowed, and each proxied request leaves one in TIME_WAIT. connect() fails and clients get a
 * 502.
 */
import { LateCloser } from '../late-closer.ts';
import type { Scenario } from '../scenario.ts';

/**
 * With 100 local ports and tcp_tw_reuse 0, log line U8 comes after 4.5 s with 92 ports in TIME_WAIT
 * (src/nginx/README.md §4.10).
 */
export const scenario: Scenario = {
  id: 'port-exhaustion',
  title: 'Local ports towards the backend run out',
  describe:
    'Each proxied request leaves its local port in TIME_WAIT for a minute, and only 100 ports are allowed here. connect() ' +
    'fails with errno 99 and clients get 502, while slots and descriptors are plentiful.',
  expected: { cause: 'port-exhaustion', alsoAllowed: ['upstream-keepalive-off'] },
  proof: { errorLog: [/failed \(99: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  namespace: { sysctls: { 'net.ipv4.ip_local_port_range': '40000 40099', 'net.ipv4.tcp_tw_reuse': '0' } },
  async prepare(lab) {
    const backend = await LateCloser.start();
    lab.onClose(() => backend.stop());
    return {
      config: { workerConnections: 512, server: `location /api/ { proxy_pass http://${backend.address}; }` },
      canary: { path: '/api/canary', perSecond: 1 },
      fault: () => lab.requests({ path: '/api/x', perSecond: 20, sources: 50 }),
    };
  },
};
