/** Websockets use a third of the slots, so Writing is high. All clients are served. */
import type { Scenario } from '../scenario.ts';
import { WEBSOCKET, WEBSOCKET_LOCATION } from './long-lived-connections.ts';

/** Writing is 95% of Active at 36% of the slots (src/nginx/README.md §4.14). */
export const scenario: Scenario = {
  id: 'quiet-websockets',
  title: 'Many websockets, plenty of room: Writing is 95% and nothing is wrong',
  describe: 'Healthy websockets at a third of the slots. A high share of Writing says nothing about the backend.',
  expected: { cause: null },
  proof: { holds: 40, notInErrorLog: [/worker_connections/], loses: false },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    return {
      config: {
        workerConnections: 128,
        server: `location /ws { proxy_pass http://${backend.address}; ${WEBSOCKET_LOCATION} }`,
      },
      fault: () => lab.hold({ ...WEBSOCKET, perSecond: 15, atMost: 46 }),
    };
  },
};
