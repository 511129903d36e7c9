import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Ends one worker after another by `signal`, with requests of a second in flight. */
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

/** src/nginx/README.md §4.13: C1 at once, respawn < 1 s, its own connections reset. */
export const scenario: Scenario = {
  id: 'worker-crash',
  title: 'Workers crash with a segmentation fault, again and again',
  describe:
    'Every six seconds a worker dies on signal 11 and resets all its connections. The master starts a new one within a ' +
    'second, so the site looks up; stub_status counts the dead clients for ever.',
  expected: { cause: 'worker-crash' },
  proof: { errorLog: [/\[alert\].*worker process \d+ exited on signal 11/], outcomes: ['reset'] },
  prepare: (lab) => killWorkers(lab, 'SIGSEGV', 6000),
};
