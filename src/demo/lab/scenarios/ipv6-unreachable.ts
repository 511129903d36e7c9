/**
 * An upstream has an IPv4 and an IPv6 server, and IPv6 is off. POSTs and locations with the IPv6 server alone get a
 * 502.
 */
import type { Scenario } from '../scenario.ts';

/** On an IPv6 address errno 99 means that the host has no IPv6, not that ports are short (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'ipv6-unreachable',
  title: 'The upstream has an IPv6 address, this machine has none: errno 99 that is not about ports',
  describe:
    'The upstream has an IPv4 and an IPv6 server, but IPv6 is switched off here. Every other request first fails on the ' +
    'IPv6 address and is repeated; POSTs and single-server locations get 502.',
  expected: { cause: 'ipv6-unreachable' },
  proof: {
    errorLog: [/connect\(\) to \[::1\]:\d+ failed \((99|101): .*while connecting to upstream/],
    outcomes: ['http-5xx'],
  },
  needs: ['root'],
  faultSeconds: 20,
  namespace: { sysctls: { 'net.ipv6.conf.lo.disable_ipv6': '1' } },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
    const sixth = backend.address.replace('127.0.0.1', '[::1]');
    const config = (servers: string, path: string) => ({
      workerConnections: 256,
      http: `upstream app { ${servers} }`,
      server: `location / { proxy_pass http://app; } location /six/ { proxy_pass http://${path}; }`,
    });
    return {
      config: config(`server ${backend.address};`, backend.address),
      canary: { path: '/six/canary' },
      async fault() {
        lab.nginx.writeConfig(config(`server ${backend.address}; server ${sixth} max_fails=0;`, sixth));
        await lab.nginx.reload();
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};
