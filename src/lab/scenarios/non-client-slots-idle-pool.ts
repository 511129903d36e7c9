import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.12, idle upstream pools: Active 1–3, upstream 123, W1 every second, sporadic refusals. */
export const scenario: Scenario = {
  id: 'non-client-slots-idle-pool',
  title: 'Idle upstream keep-alive connections hold nearly every slot',
  describe:
    'The upstream keepalive pools are as large as the worker itself. After a busy minute they hold their connections ' +
    'idle; they are never reclaimed, and the few clients there are get refused now and then.',
  expected: { cause: 'non-client-slots' },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backends = await Promise.all(
      [0, 1, 2, 3].map(() => lab.backend({ behaviour: { kind: 'answer', afterMs: 700 } })),
    );
    const pools = backends.map(
      (backend, n) => `upstream pool${n} { server ${backend.address}; keepalive 64; keepalive_timeout 1h; }`,
    );
    const proxied = 'proxy_http_version 1.1; proxy_set_header Connection "";';
    const locations = backends.map((_, n) => `location /${n}/ { proxy_pass http://pool${n}; ${proxied} }`);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        http: pools.join(' '),
        server: locations.join(' '),
        errorLevel: 'warn',
      },
      canary: { perSecond: 10 },
      fault() {
        const hurry = (n: number) => lab.bursts({ path: `/${n}/x`, clients: 34, everyMs: 4000 });
        // One pool after the other: never more than 34 clients at a time, yet 4 × 34 idle connections in the end.
        backends.forEach((_, n) => {
          setTimeout(hurry, n * 1000, n);
        });
      },
    };
  },
};
