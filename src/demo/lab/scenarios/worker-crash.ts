/** A worker dies on signal 11 every six seconds. Its clients are reset, and stub_status keeps counting them. */
import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Kills one worker after another with `signal` while requests of one second are in flight. */
export async function killWorkers(lab: Lab, signal: NodeJS.Signals, everyMs: number): Promise<LabPlan> {
  const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 1000 } });
  const kill = () => {
    const pid = lab.nginx.childPids[0];
    if (pid !== undefined) sendSignal(pid, signal);
  };
  return {
    config: { workers: 2, workerConnections: 256, server: `location /api/ { proxy_pass http://${backend.address}; }` },
    canary: { path: '/api/canary', perSecond: 10 },
    fault() {
      lab.requests({ path: '/api/x', perSecond: 20 });
      setTimeout(kill, 2500);
      lab.every(everyMs, kill);
    },
  };
}

/**
 * Log line C1 comes at once, the master starts a new worker in less than 1 s, and the connections of the dead one are
 * reset (src/nginx/README.md §4.13).
 */
export const scenario: Scenario = {
  id: 'worker-crash',
  title: 'Workers crash with a segmentation fault, again and again',
  describe:
    'Every six seconds a worker dies on signal 11 and resets all its connections. The master starts a new one within a ' +
    'second, so the site seems to work; stub_status counts the dead clients for ever.',
  expected: { cause: 'worker-crash' },
  proof: { errorLog: [/\[alert\].*worker process \d+ exited on signal 11/], outcomes: ['reset'] },
  prepare: (lab) => killWorkers(lab, 'SIGSEGV', 6000),
};
