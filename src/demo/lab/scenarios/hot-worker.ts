/**
 * Long downloads fill one of four workers. That worker keeps accepting new connections and resets them, while the
 * others are idle.
 */
import { get } from '../get.ts';
import { httpRequest } from '../http-request.ts';
import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Clients per round. Stopped workers accept a few clients of each round when they continue, so more rounds follow. */
const ROUNDS = [62, 20, 12, 8];
/** Longer than the poll interval. Otherwise gapwatch reports the stops themselves. */
const BETWEEN_STOPS_MS = 1100;

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) sendSignal(pid, signal);
};

/**
 * Stops all workers except one that accepts, and returns the stopped ones. With accept_mutex the holder of the mutex is
 * the one that accepts.
 */
async function leaveOneAccepting(lab: Lab): Promise<readonly number[]> {
  const { nginx, load } = lab;
  const workers = nginx.childPids;
  for (const hot of workers) {
    const others = workers.filter((pid) => pid !== hot);
    signalAll(others, 'SIGSTOP');
    const { outcome } = await httpRequest({ port: nginx.port, path: '/', patienceMs: 300 }, load);
    if (outcome === 'ok') return others;
    signalAll(others, 'SIGCONT');
    await lab.sleep(BETWEEN_STOPS_MS);
  }
  return workers.slice(1);
}

/**
 * Fills one of four workers with 64 slots each. After about 5 s it refuses every new client (src/nginx/README.md §1.4,
 * §4.11).
 */
function hotWorker(lab: Lab, events: string): LabPlan {
  return {
    config: { workers: 4, workerConnections: 64, events, server: '' },
    async fault() {
      const others = await leaveOneAccepting(lab);
      for (const clients of ROUNDS) {
        // The others are stopped for a moment, so that these connections reach the same worker in every run.
        signalAll(others, 'SIGSTOP');
        lab.hold({
          perSecond: 250,
          atMost: clients,
          hello: get('/big.bin'),
          reads: false,
          sources: clients,
          replaced: false,
        });
        await lab.sleep(400);
        signalAll(others, 'SIGCONT');
        await lab.sleep(BETWEEN_STOPS_MS);
      }
      lab.requests({ path: '/', perSecond: 15 });
    },
  };
}

export const scenario: Scenario = {
  id: 'hot-worker',
  title: 'One of four workers is full and takes every new client',
  describe:
    'Long downloads all landed on one worker. It is 25% of the total, but a full worker stays first in line for new ' +
    'connections and resets them, while three others are idle.',
  expected: { cause: 'hot-worker', alsoAllowed: ['slow-downloads'] },
  proof: { errorLog: [/64 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => hotWorker(lab, ''),
};

/** With accept_mutex on 26–30% of the clients are refused instead of all (src/nginx/README.md §1.4). */
const mutex: Scenario = {
  id: 'hot-worker-mutex',
  title: 'One of four workers is full; accept_mutex shares the damage',
  describe: 'As hot-worker with accept_mutex on: the full worker gets its turn like the others and resets a quarter.',
  expected: { cause: 'hot-worker', alsoAllowed: ['slow-downloads'] },
  proof: { errorLog: [/64 worker_connections are not enough$/m], loses: true },
  prepare: (lab) => hotWorker(lab, 'accept_mutex on;'),
};

export const variants: readonly Scenario[] = [mutex];
