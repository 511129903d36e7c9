import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  id: 'long-lived-connections-sse',
  title: 'Event streams (SSE) stay open and take every slot',
  describe:
    'Browsers subscribe to an event stream and keep it. Each stream holds two slots for as long as the tab is open.',
  expected: { cause: 'long-lived-connections' },
  proof: { errorLog: [/64 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({
      behaviour: { kind: 'stream', everyMs: 1000 },
      paths: { '/canary': { kind: 'answer', afterMs: 10 } },
    });
    return {
      config: {
        workerConnections: 64,
        server: `location / { proxy_pass http://${backend.address}; proxy_buffering off; proxy_read_timeout 1h; }`,
      },
      canary: { path: '/canary' },
      fault: () => lab.hold({ perSecond: 4, atMost: 200, hello: get('/events'), sources: 200 }),
    };
  },
};
