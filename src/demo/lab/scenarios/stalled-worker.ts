import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Stops the first `count` workers as a debugger, a hung disk or a frozen cgroup would. */
export function stopWorkers(lab: Lab, count: number, listenFlags: string): LabPlan {
  let stopped: readonly number[] = [];
  return {
    config: { workers: 2, workerConnections: 256, listenFlags, server: '' },
    fault() {
      stopped = lab.nginx.childPids.slice(0, count);
      for (const pid of stopped) sendSignal(pid, 'SIGSTOP');
      lab.requests({ path: '/', perSecond: 10, patienceMs: 5000 });
    },
    recover() {
      for (const pid of stopped) sendSignal(pid, 'SIGCONT');
    },
  };
}

/** src/nginx/README.md §4.7: both workers stopped, backlog 16. */
export const scenario: Scenario = {
  id: 'stalled-worker',
  title: 'The workers stand still: connections wait in the kernel until its queue overflows',
  describe:
    'Both workers are stopped. Clients connect and get no answer; two seconds later the listen queue of 16 is full and ' +
    'clients cannot even connect. nginx logs nothing and the status page is as dead as the rest.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { notInErrorLog: [/worker_connections/], outcomes: ['connect-timeout', 'no-answer'] },
  prepare: (lab) => stopWorkers(lab, 2, 'backlog=16'),
};
