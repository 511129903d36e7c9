/** Clients read a large file very slowly and fill the slots. Ordinary clients are reset. */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/** Clients request a large file from 64 slots and hardly read it (src/nginx/README.md §4.5). */
export const scenario: Scenario = {
  id: 'slow-downloads',
  title: 'Slow readers of a big file take every slot',
  describe:
    'Clients ask for a large file and read it slower than a modem. Each holds a slot with a full send queue; when the ' +
    'slots are gone ordinary clients are reset. No backend is involved.',
  expected: { cause: 'slow-downloads', alsoAllowed: ['slot-capacity'] },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 64, server: '' },
    fault: () =>
      lab.hold({
        perSecond: 6,
        atMost: 200,
        hello: get('/big.bin'),
        reads: false,
        sources: 200,
      }),
  }),
};
