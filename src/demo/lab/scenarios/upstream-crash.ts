/** The backend accepts each request and closes the connection without an answer. Clients get a 502. */
import type { Scenario } from '../scenario.ts';

/** Log line U6 of src/nginx/README.md §3. */
export const scenario: Scenario = {
  id: 'upstream-crash',
  title: 'The backend drops connections in the middle of a request',
  describe: 'The application accepts each request and dies on it. nginx logs "prematurely closed" and answers 502.',
  expected: { cause: 'upstream-crash' },
  proof: { errorLog: [/upstream prematurely closed connection while reading response header/], outcomes: ['http-5xx'] },
  faultSeconds: 20,
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20 } });
    return {
      config: { workerConnections: 256, server: `location / { proxy_pass http://${backend.address}; }` },
      fault() {
        backend.behave({ kind: 'close' });
        lab.requests({ path: '/x', perSecond: 5 });
      },
    };
  },
};
