/** Workers are stopped, or a regex blocks their event loop. Clients connect and get no answer, then cannot connect. */
import type { Lab } from '../lab.ts';
import { sendSignal } from '../process-tree.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** Stops the first `count` workers as a debugger, a hung disk or a frozen cgroup would. */
function stopWorkers(lab: Lab, count: number, listenFlags: string): LabPlan {
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

/** Both workers are stopped and the backlog is 16 (src/nginx/README.md §4.7). */
export const scenario: Scenario = {
  id: 'stalled-worker',
  title: 'The workers are stalled: connections wait in the kernel until its queue overflows',
  describe:
    'Both workers are stopped. Clients connect and get no answer; two seconds later the listen queue of 16 is full and ' +
    'clients cannot even connect. nginx logs nothing and the status page does not answer either.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { notInErrorLog: [/worker_connections/], outcomes: ['connect-timeout', 'no-answer'] },
  prepare: (lab) => stopWorkers(lab, 2, 'backlog=16'),
};

/**
 * `^/(a|aa)+0$` fails on this path only after it has tried every split of the letters. The 0 defeats the shortcut of
 * PCRE.
 */
const POISON = `/${'a'.repeat(60)}!0`;

/**
 * A backtracking regex blocks the event loop for a tenth of a second per request, until PCRE reaches its match limit.
 * The queue of the main port overflows while the worker uses a whole CPU (src/nginx/README.md §3 B1, §4.7).
 */
const blocked: Scenario = {
  id: 'stalled-worker-blocked',
  title: 'A catastrophic regex blocks the event loop of the only worker',
  describe:
    'Some URLs make a location regex backtrack for a long time at 100% CPU. Meanwhile the worker accepts no connection and ' +
    'the listen queue overflows.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { errorLog: [/pcre2?_\w+\(\) failed: -/], notInErrorLog: [/worker_connections/], loses: true },
  prepare: (lab) => ({
    config: {
      workers: 1,
      workerConnections: 512,
      listenFlags: 'backlog=16',
      server: 'location ~ "^/(a|aa)+0$" { return 200; }',
    },
    canary: { perSecond: 5 },
    fault: () => lab.requests({ path: POISON, perSecond: 25, patienceMs: 4000, atMost: 200 }),
  }),
};

/** With reuseport one of two workers is stopped, and half of the clients cannot connect (src/nginx/README.md §4.7). */
const reuseport: Scenario = {
  id: 'stalled-worker-reuseport',
  title: 'One of two workers is stalled; with reuseport half of the clients are lost',
  describe: 'Each worker has a separate kernel queue. The stopped one keeps getting its half of the clients.',
  expected: { cause: 'stalled-worker', alsoAllowed: ['accept-queue-overflow'] },
  proof: { notInErrorLog: [/worker_connections/], loses: true, outcomes: ['ok'] },
  prepare: (lab) => stopWorkers(lab, 1, 'reuseport backlog=16'),
};

export const variants: readonly Scenario[] = [blocked, reuseport];
