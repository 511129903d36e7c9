import type { Scenario } from '../scenario.ts';
import { movedTo } from './upstream-unreachable.ts';

export const scenario: Scenario = {
  id: 'upstream-unreachable-silent',
  title: 'Packets to the backend vanish: connects time out',
  describe:
    'A firewall swallows what nginx sends to the backend. Connects hang in SYN-SENT until they time out, a 504.',
  expected: { cause: 'upstream-unreachable', alsoAllowed: ['upstream-backlog'] },
  proof: { errorLog: [/upstream timed out \(110: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  needs: ['root'],
  // Sent to the loopback device, an address that is not local there is dropped without a word.
  namespace: { sysctls: {}, setUp: ['ip route add 192.0.2.0/24 dev lo'] },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};
