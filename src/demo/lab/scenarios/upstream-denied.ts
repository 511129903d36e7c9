/**
 * The system denies nginx the connect to its backend, by a route or by socket permissions. Clients get a 502 at once.
 */
import { chmodSync, chownSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';
import { movedTo } from './upstream-unreachable.ts';

/**
 * errno 13 usually comes from SELinux. A `prohibit` route gives the same errno on any host (src/nginx/README.md §9).
 */
export const scenario: Scenario = {
  id: 'upstream-denied',
  title: 'nginx is not allowed to connect to the backend: errno 13',
  describe: 'A security policy forbids the connect. It fails at once with "Permission denied" and clients get 502.',
  expected: { cause: 'upstream-denied' },
  proof: { errorLog: [/failed \(13: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  faultSeconds: 20,
  namespace: { sysctls: {}, setUp: ['ip route add prohibit 192.0.2.0/24'] },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};

/** An unprivileged user id, so that the permissions of the socket file apply. */
const LAB_UID = 64_988;

const unix: Scenario = {
  id: 'upstream-denied-unix',
  title: 'The unix socket of the application lost its permissions: errno 13',
  describe:
    'A deployment recreated the socket file for its owner only. nginx may not connect any more and answers 502.',
  expected: { cause: 'upstream-denied' },
  proof: { errorLog: [/connect\(\) to unix:.* failed \(13: /], outcomes: ['http-5xx'] },
  needs: ['root'],
  faultSeconds: 20,
  async prepare(lab) {
    const unixPath = `${lab.nginx.prefix}/app.sock`;
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 }, unixPath });
    chmodSync(unixPath, 0o600);
    chownSync(unixPath, LAB_UID, LAB_UID);
    return {
      config: { workerConnections: 256, user: 'none', server: `location / { proxy_pass http://${backend.address}; }` },
      uid: LAB_UID,
      fault() {
        chownSync(unixPath, 0, 0);
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};

export const variants: readonly Scenario[] = [unix];
