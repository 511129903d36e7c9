import type { Scenario } from '../scenario.ts';
import { frozenBackend } from './upstream-backlog.ts';

/** src/nginx/README.md §4.9, connect_timeout: sockets in SYN-SENT, host-wide ListenOverflows rise in the backend's queue, not nginx's. */
export const scenario: Scenario = {
  id: 'upstream-backlog-tcp',
  title: 'A TCP backend stops accepting: connects to it time out',
  describe:
    'The listen queue of the hung backend is full, so the kernel drops further connects; nginx answers 504 after 3 s.',
  expected: { cause: 'upstream-backlog', alsoAllowed: ['upstream-unreachable', 'slow-upstream'] },
  proof: { errorLog: [/upstream timed out \(110: .*while connecting to upstream/], outcomes: ['http-5xx'] },
  prepare: (lab) => frozenBackend(lab, null, 'proxy_connect_timeout 3s;'),
};
