/**
 * nginx starts with a hard limit of 64 descriptors and worker_rlimit_nofile 8192. The workers run out at 64 and clients
 * get errors.
 */
import type { Scenario } from '../scenario.ts';
import { fdExhaustion } from './fd-exhaustion.ts';

/**
 * Without CAP_SYS_RESOURCE, as in containers, nginx ignores a worker_rlimit_nofile above the hard limit (log line F5 of
 * src/nginx/README.md §3).
 */
export const scenario: Scenario = {
  id: 'fd-limit-overridden',
  title: 'worker_rlimit_nofile says 8192, the container allows 64: the setting is ignored',
  describe:
    'The config asks for 8192 descriptors, but the hard limit is 64 and workers may not raise it. nginx -T shows the ' +
    'configured number, the workers run out at 64.',
  expected: { cause: 'fd-limit-overridden' },
  proof: { errorLog: [/setrlimit\(RLIMIT_NOFILE, 8192\) failed \(1: /, /failed \(24: /], loses: true },
  prepare: (lab) => ({
    ...fdExhaustion(lab, { main: 'worker_rlimit_nofile 8192;' }),
    wrap: [
      ...(process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-sys_resource'] : []),
      'prlimit',
      '--nofile=64:64',
    ],
  }),
};
