import { chmodSync, chownSync } from 'node:fs';
import type { Scenario } from '../scenario.ts';

/** As `nobody` would be: the permissions of the socket file apply. */
const LAB_UID = 64_988;

export const scenario: Scenario = {
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
