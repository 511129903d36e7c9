import { setTimeout as sleep } from 'node:timers/promises';
import { sendSignal } from '../process-tree.ts';
import type { Scenario } from '../scenario.ts';

/** NGINX.md §1.4, §4.11: 4 × 64 slots, one worker full; after about 5 s every client is refused. */
export const scenario: Scenario = {
  id: 'hot-worker',
  title: 'One of four workers is full and swallows every new client',
  describe:
    'Long downloads all landed on one worker. It is 25 % of the total, but a full worker stays first in line for new ' +
    'connections and resets them, while three idle ones look on.',
  expected: { cause: 'hot-worker' },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => ({
    config: { workers: 4, workerConnections: 64, server: '' },
    async fault() {
      // Stops the others for half a second, so that these connections land on one worker in every run.
      const others = lab.nginx.childPids.slice(1);
      for (const pid of others) sendSignal(pid, 'SIGSTOP');
      const hello = 'GET /big.bin HTTP/1.1\r\nHost: lab.test\r\n\r\n';
      lab.hold({ perSecond: 200, atMost: 62, hello, reads: false, sources: 62 });
      await sleep(500);
      for (const pid of others) sendSignal(pid, 'SIGCONT');
      lab.requests({ path: '/', perSecond: 15 });
    },
  }),
};
