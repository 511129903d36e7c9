/** Long polls of 20 s use a third of the slots, as designed. All clients are served. */
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'quiet-long-poll',
  title: 'Long polls that take 20 s by design, at a third of the slots',
  describe: 'A chat keeps requests open until something happens. Its backend is not slow, it waits on purpose.',
  expected: { cause: null },
  proof: {
    accessLog: [/"GET \/poll HTTP\/1\.1" 200 .* rt=2\d\./],
    notInErrorLog: [/worker_connections/, /timed out/],
    loses: false,
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 20_000 } });
    return {
      config: { workerConnections: 256, server: `location /poll { proxy_pass http://${backend.address}; }` },
      async history() {
        lab.clients({ path: '/poll', clients: 70, pauseMs: 200, patienceMs: 60_000 });
      },
      fault: () => lab.requests({ path: '/', perSecond: 10 }),
    };
  },
};
