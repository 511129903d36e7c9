import { httpRequest } from '../http-request.ts';
import type { Scenario } from '../scenario.ts';

/** 4 × 29 idle connections would leave 9 of the 125 slots that clients could have; reuse keeps it near 20. */
const PER_POOL = 29;

/** src/nginx/README.md §4.12, idle upstream pools: Active 1–3, upstream 123, W1 every second, sporadic refusals. */
export const scenario: Scenario = {
  id: 'non-client-slots-idle-pool',
  title: 'Idle upstream keep-alive connections hold nearly every slot',
  describe:
    'Four upstream keepalive pools are larger than the worker can afford. After a busy moment they hold their ' +
    'connections idle and never give them back; two dozen clients at once are already too many.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['reuse-drops'] },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backends = await Promise.all(
      [0, 1, 2, 3].map(() => lab.backend({ behaviour: { kind: 'answer', afterMs: 700 }, keepAliveMs: 600_000 })),
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
        errorLevel: 'warn',
        http: pools.join(' '),
        server: locations.join(' '),
      },
      async fault() {
        const port = lab.nginx.port;
        for (const n of backends.keys()) {
          const request = { port, path: `/${n}/x`, patienceMs: 5000 };
          await Promise.all(Array.from({ length: PER_POOL }, () => httpRequest(request, lab.load)));
          await lab.sleep(1000);
        }
        lab.bursts({ path: '/0/x', clients: 28, everyMs: 1500 });
      },
    };
  },
};
