import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';
import { VISITOR } from './rate-limited.ts';

/** src/nginx/README.md §4.14, limit_conn: L1 and 503 only; the operator wanted that. */
export const scenario: Scenario = {
  id: 'rate-limited-connections',
  title: 'limit_conn turns away one client with too many connections, as designed',
  describe: 'One address opens forty slow downloads where ten are allowed. The rest gets 503, everyone else is served.',
  expected: { cause: 'rate-limited', mayStaySilent: true },
  proof: { errorLog: [/limiting connections by zone "perip", client: 127\.7\.0\.1/], loses: false },
  prepare: (lab) => ({
    config: {
      workerConnections: 256,
      http: 'limit_conn_zone $binary_remote_addr zone=perip:1m;',
      server: 'limit_conn perip 10;',
    },
    canary: { perSecond: 3 },
    fault() {
      const hello = get('/big.bin');
      lab.hold({ perSecond: 20, atMost: 40, hello, reads: false, sources: 1 });
      lab.hold({ ...VISITOR, perSecond: 10, atMost: 60, sources: 60 });
    },
  }),
};
