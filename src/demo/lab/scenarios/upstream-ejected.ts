/**
 * Both backends drop requests for one URL, and max_fails=1 makes nginx skip both. All clients get a 502 for ten
 * seconds.
 */
import type { Scenario } from '../scenario.ts';

/** One bad URL makes max_fails eject servers that answer all other requests (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'upstream-ejected',
  title: 'One bad URL makes nginx eject two healthy backends: "no live upstreams"',
  describe:
    'A request that both backends drop counts as a failure of each. With max_fails=1 both are out for ten seconds, and ' +
    'everyone gets 502 although the backends answer everything else.',
  expected: { cause: 'upstream-ejected' },
  proof: { errorLog: [/prematurely closed/, /no live upstreams/], outcomes: ['http-5xx', 'ok'] },
  async prepare(lab) {
    const paths = { '/poison': { kind: 'close' } } as const;
    const start = () => lab.backend({ behaviour: { kind: 'answer', afterMs: 20 }, paths });
    const servers = (await Promise.all([start(), start()])).map(
      (backend) => `server ${backend.address} max_fails=1 fail_timeout=10s;`,
    );
    return {
      config: {
        workerConnections: 256,
        http: `upstream app { ${servers.join(' ')} }`,
        server: 'location / { proxy_pass http://app; }',
      },
      canary: { perSecond: 10 },
      fault: () => lab.requests({ path: '/poison', perSecond: 0.4 }),
    };
  },
};
