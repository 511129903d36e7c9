import type { Scenario } from '../scenario.ts';
import { keepalivePileup } from './keepalive-pileup.ts';

export const scenario: Scenario = {
  id: 'keepalive-pileup-warn',
  title: 'Idle keep-alive connections, with the warnings visible in the log',
  describe: 'As keepalive-pileup, with error_log at warn: nginx says once a second that it is reusing connections.',
  expected: { cause: 'keepalive-pileup' },
  proof: { errorLog: [/\[warn\].*128 worker_connections are not enough, reusing connections/], loses: false },
  prepare: (lab) => keepalivePileup(lab, { errorLevel: 'warn' }),
};
