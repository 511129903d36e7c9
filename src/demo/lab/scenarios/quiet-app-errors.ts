/** The application answers some requests with a 500. nginx loses no connection, and no incident may open. */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'quiet-app-errors',
  title: 'The application answers some requests with its own 500s',
  describe: 'A bug in the application. Connections are fine on both sides; a connection tool must not alert on this.',
  expected: { cause: null },
  proof: { accessLog: [/" 500 /], notInErrorLog: [/./], loses: false },
  async prepare(lab) {
    const backend = await lab.backend({
      behaviour: { kind: 'answer', afterMs: 20 },
      paths: { '/buggy': { kind: 'answer', afterMs: 20, status: 500 } },
    });
    return {
      config: { workerConnections: 256, server: `location / { proxy_pass http://${backend.address}; }` },
      fault() {
        lab.requests({ path: '/x', perSecond: 20 });
        lab.requests({ path: '/buggy', perSecond: 5 });
      },
    };
  },
};
