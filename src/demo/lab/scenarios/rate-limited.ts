/** One address exceeds limit_req or limit_conn. It gets 503s, as configured, and all other clients are served. */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

/** An ordinary visitor: a page every six seconds. */
const VISITOR = { hello: get('/'), drip: { everyMs: 6000, text: get('/') } };

/** One greedy source gets 503s, as configured (log line L1 of src/nginx/README.md §3). */
export const scenario: Scenario = {
  id: 'rate-limited',
  title: 'limit_req turns away one greedy client, as designed',
  describe: 'One address sends twenty times what it may. It gets 503s, everyone else is served.',
  expected: { cause: 'rate-limited', mayStaySilent: true },
  proof: { errorLog: [/limiting requests, excess: .* by zone "perip", client: 127\.7\.0\.1/], loses: false },
  prepare: (lab) => ({
    config: {
      workerConnections: 256,
      http: 'limit_req_zone $binary_remote_addr zone=perip:1m rate=10r/s;',
      server: 'limit_req zone=perip burst=5 nodelay;',
    },
    canary: { perSecond: 3 },
    fault() {
      lab.requests({ path: '/', perSecond: 100, sources: 1 });
      lab.hold({ ...VISITOR, perSecond: 10, atMost: 60, sources: 60 });
    },
  }),
};

/** limit_conn gives log line L1 and 503s only, as the operator intended (src/nginx/README.md §4.14). */
const connections: Scenario = {
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

export const variants: readonly Scenario[] = [connections];
