/** A worker is killed with signal 9 every eight seconds, as the OOM killer does. Its clients are reset. */
import type { Scenario } from '../scenario.ts';
import { killWorkers } from './worker-crash.ts';

export const scenario: Scenario = {
  id: 'worker-killed',
  title: 'Workers are killed from outside (signal 9, as the OOM killer does)',
  describe: 'Something kills a worker every eight seconds. All its connections are reset, a new worker takes over.',
  expected: { cause: 'worker-killed' },
  proof: { errorLog: [/\[alert\].*worker process \d+ exited on signal 9/], outcomes: ['reset'] },
  prepare: (lab) => killWorkers(lab, 'SIGKILL', 8000),
};
