/** Something reloads nginx every second. The site works, but keep-alive clients see resets. */
import { readFileSync } from 'node:fs';
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/**
 * Each reload resets requests in flight on kept-alive connections without a log line, so reloads are counted
 * (src/nginx/README.md §4.8, §9).
 */
export const scenario: Scenario = {
  id: 'reload-storm',
  title: 'Something reloads nginx every second',
  describe:
    'A controller reloads nginx again and again. Each time the workers change and kept-alive connections are cut; the ' +
    'site works, but clients see resets and the workers never warm up.',
  expected: { cause: 'reload-storm', alsoAllowed: ['old-workers'] },
  proof: {
    check({ nginx }) {
      const reloads = readFileSync(nginx.errorLog, 'utf8').split('signal 1 (SIGHUP) received').length - 1;
      return reloads >= 15 ? [] : [`only ${reloads} reloads`];
    },
  },
  prepare: (lab) => ({
    config: { workerConnections: 256, errorLevel: 'notice', server: '' },
    fault() {
      lab.requests({ path: '/', perSecond: 20 });
      lab.hold({ perSecond: 20, atMost: 40, hello: get('/') });
      lab.every(1000, () => lab.nginx.signal('SIGHUP'));
    },
  }),
};
