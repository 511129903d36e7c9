import type { Lab } from '../lab.ts';
import type { LabPlan, Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.3: 15 half-sent request headers a second into 2 × 128 slots. */
export function slowHeaders(lab: Lab, server: string, sources?: number): LabPlan {
  return {
    config: { workerConnections: 128, server },
    fault: () =>
      lab.hold({
        perSecond: 15,
        atMost: 600,
        hello: 'GET / HTTP/1.1\r\nHost: lab.test\r\n',
        drip: { everyMs: 3000, text: 'X-Drip: 1\r\n' },
        ...(sources === undefined ? {} : { sources }),
      }),
  };
}

export const scenario: Scenario = {
  id: 'slow-clients',
  title: 'Clients that never finish their request headers take every slot (slowloris)',
  describe:
    'One source opens connections and sends headers a line at a time. All of them count as Reading; after about 16 s ' +
    'every worker is full and ordinary clients are reset.',
  expected: { cause: 'slow-clients' },
  proof: { errorLog: [/128 worker_connections are not enough$/m], outcomes: ['reset'] },
  prepare: (lab) => slowHeaders(lab, ''),
};
