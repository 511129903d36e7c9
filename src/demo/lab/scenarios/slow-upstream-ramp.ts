import type { Scenario } from '../scenario.ts';
import { slowUpstream } from './slow-upstream.ts';

export const scenario: Scenario = {
  id: 'slow-upstream-ramp',
  title: 'A slow backend under light traffic: forty seconds of warning',
  describe: 'Three requests a second pile up behind a backend that hangs; the slots run full only after about 40 s.',
  expected: { cause: 'slow-upstream' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  faultSeconds: 55,
  prepare: (lab) => slowUpstream(lab, { perSecond: 2, canaryPerSecond: 1, delayMs: 100_000 }),
};
