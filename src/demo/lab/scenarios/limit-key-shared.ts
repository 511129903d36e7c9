/**
 * All clients reach nginx through one proxy address, and limit_req uses that address as key. Ordinary visitors get a
 * 503.
 */
import type { Scenario } from '../scenario.ts';

/** limit_req uses the address of the load balancer as key, so all users share one bucket (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'limit-key-shared',
  title: 'limit_req sees only the load balancer: all users share one limit',
  describe:
    'A limit of 10 requests a second per address sits behind a proxy, so that all visitors count as one address. ' +
    'Ordinary traffic from hundreds of users is rejected with 503.',
  expected: { cause: 'limit-key-shared', alsoAllowed: ['rate-limited'] },
  proof: { errorLog: [/limiting requests, excess: .* by zone "perip", client: 127\.0\.0\.1/], outcomes: ['http-5xx'] },
  prepare: (lab) => ({
    config: {
      workerConnections: 256,
      accessFormat: 'forwarded',
      http: 'limit_req_zone $binary_remote_addr zone=perip:1m rate=10r/s;',
      server: 'limit_req zone=perip burst=5 nodelay;',
    },
    fault() {
      let user = 0;
      lab.every(25, () => {
        user += 1;
        const headers = [`X-Forwarded-For: 198.51.100.${user % 250}`];
        void lab.ask({ path: '/', headers });
      });
    },
  }),
};
