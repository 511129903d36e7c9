/**
 * Short requests overrun a worker with few slots, and nginx closes new connections before it reads them. Clients are
 * reset without an error line.
 */
import type { Scenario } from '../scenario.ts';

/**
 * Bursts of 300 short requests meet 32 slots: 92% are closed unanswered without a log line (src/nginx/README.md §1.3,
 * §4.5).
 */
export const scenario: Scenario = {
  id: 'reuse-drops',
  title: 'Bursts of short requests: connection reuse closes live requests unread',
  describe:
    'Short bursts hit a worker with few slots. nginx frees slots by closing connections whose request it has not read ' +
    'yet. Clients see a reset; there is no error line at the default level, no access-log line, and no gap.',
  expected: { cause: 'reuse-drops', alsoAllowed: ['slot-capacity'] },
  proof: { notInErrorLog: [/worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 32, server: '' },
    canary: { perSecond: 20 },
    fault: () => lab.bursts({ path: '/', clients: 300, everyMs: 500 }),
  }),
};

/** Requests read per connection handled: 0.73 (src/nginx/README.md §4.5). */
const closedLoop: Scenario = {
  id: 'reuse-drops-closed-loop',
  title: 'Sixty busy clients on 32 slots: a quarter of the requests is closed unread',
  describe:
    'Clients that come back at once after each answer keep the worker at its limit, and reuse closes their unread requests.',
  expected: { cause: 'reuse-drops', alsoAllowed: ['slot-capacity'] },
  proof: { errorLog: [/reusing connections/], outcomes: ['reset'] },
  prepare: (lab) => ({
    config: { workers: 1, workerConnections: 32, errorLevel: 'warn', server: '' },
    canary: { perSecond: 10 },
    fault: () => lab.clients({ path: '/', clients: 60, pauseMs: 25 }),
  }),
};

export const variants: readonly Scenario[] = [closedLoop];
