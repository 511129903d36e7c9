/** nginx may run five processes and reloads. fork() fails, the old workers exit, and clients connect and hang. */
import type { Scenario } from '../scenario.ts';

/** A user id that owns nothing, so that the per-user limit counts only this nginx. */
const LAB_UID = 64_987;

/** errno 11 from fork() is the process limit. A reload needs old and new workers at once (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'process-limit',
  title: 'A reload cannot start its workers: the limit of processes is reached',
  describe:
    'nginx may have five processes. A reload needs the new workers beside the old ones; fork() fails, the old ones leave ' +
    'anyway, and no worker is left to serve: clients connect and hang.',
  expected: { cause: 'process-limit', alsoAllowed: ['missing-workers'] },
  proof: { errorLog: [/\[alert\].*fork\(\) failed while spawning "worker process" \(11: /], outcomes: ['no-answer'] },
  needs: ['root'],
  prepare: (lab) => ({
    config: { workers: 4, workerConnections: 128, user: 'none', server: '' },
    uid: LAB_UID,
    wrap: ['prlimit', '--nproc=5:5'],
    fault: () => lab.nginx.signal('SIGHUP'),
  }),
};
