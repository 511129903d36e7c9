import type { Scenario } from '../scenario.ts';
import { groupOfTwo } from './upstream-down-group.ts';

/** src/nginx/README.md §4.9, one_bad: U1 and U3, clients see 200 only. */
export const scenario: Scenario = {
  id: 'upstream-down-one-of-two',
  title: 'One of two backends is gone; nginx retries and clients notice nothing',
  describe: 'Connects to one backend are refused and go to the other. Nobody is hurt: worth a warning at most.',
  expected: { cause: 'upstream-down', alsoAllowed: ['upstream-ejected'], mayStaySilent: true },
  proof: { errorLog: [/\(111: /], loses: false },
  faultSeconds: 20,
  prepare: (lab) => groupOfTwo(lab, 1),
};
