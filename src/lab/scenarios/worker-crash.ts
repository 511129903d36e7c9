import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Ends one worker after another by `signal`, with clients in the middle of requests and idle ones beside. */
export function killWorkers(lab: Lab, signal: NodeJS.Signals, everyMs: number): LabPlan {
  const kill = () => {
    const pid = lab.nginx.childPids[0];
    if (pid !== undefined) sendSignal(pid, signal);
  };
  return {
    config: { workers: 2, workerConnections: 256, server: '' },
    canary: { perSecond: 10 },
    fault() {
      lab.requests({ path: '/', perSecond: 20 });
      lab.hold({ perSecond: 20, atMost: 40, hello: 'GET /big.bin HTTP/1.1\r\nHost: lab.test\r\n\r\n', reads: false });
      setTimeout(kill, 2500);
      lab.every(everyMs, kill);
    },
  };
}

/** NGINX.md §4.13: C1 at once, respawn < 1 s, its own connections reset. */
export const scenario: Scenario = {
  id: 'worker-crash',
  title: 'Workers crash with a segmentation fault, again and again',
  describe:
    'Every six seconds a worker dies on signal 11 and resets all its connections. The master starts a new one within a ' +
    'second, so the site looks up; stub_status counts the dead clients for ever.',
  expected: { cause: 'worker-crash' },
  proof: { errorLog: [/\[alert\].*worker process \d+ exited on signal 11/] },
  prepare: (lab) => killWorkers(lab, 'SIGSEGV', 6000),
};
