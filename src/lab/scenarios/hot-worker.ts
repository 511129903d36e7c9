import { get } from '../get.ts';
import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** The stopped workers take a few of each round when they go on; the later rounds make up for it. */
const ROUNDS = [62, 20, 12, 8];

/** NGINX.md §1.4, §4.11: 4 × 64 slots, one worker full; after about 5 s every client is refused. */
export function hotWorker(lab: Lab, events: string): LabPlan {
  return {
    config: { workers: 4, workerConnections: 64, events, server: '' },
    async fault() {
      const others = lab.nginx.childPids.slice(1);
      for (const clients of ROUNDS) {
        // Stopped for a moment, so that these connections land on one worker in every run.
        for (const pid of others) sendSignal(pid, 'SIGSTOP');
        lab.hold({
          perSecond: 250,
          atMost: clients,
          hello: get('/big.bin'),
          reads: false,
          sources: clients,
          replaced: false,
        });
        await lab.sleep(400);
        for (const pid of others) sendSignal(pid, 'SIGCONT');
        // Longer than the pause between two looks, or the stops themselves would be the finding.
        await lab.sleep(1100);
      }
      lab.requests({ path: '/', perSecond: 15 });
    },
  };
}

export const scenario: Scenario = {
  id: 'hot-worker',
  title: 'One of four workers is full and swallows every new client',
  describe:
    'Long downloads all landed on one worker. It is 25 % of the total, but a full worker stays first in line for new ' +
    'connections and resets them, while three idle ones look on.',
  expected: { cause: 'hot-worker', alsoAllowed: ['slow-downloads'] },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => hotWorker(lab, ''),
};
