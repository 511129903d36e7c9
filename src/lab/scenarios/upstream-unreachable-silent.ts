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
  namespace: {
    sysctls: {},
    setUp: ['ip link add hole type dummy', 'ip address add 192.0.2.1/24 dev hole', 'ip link set hole up arp off'],
  },
  prepare: (lab) => movedTo(lab, '192.0.2.10:80'),
};
