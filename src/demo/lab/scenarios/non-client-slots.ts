import type { Scenario } from '../scenario.ts';

/** src/nginx/README.md §4.12, mirrors: 4 mirror requests to a hung backend for each client; upstream slots 99, clients 26. */
export const scenario: Scenario = {
  id: 'non-client-slots',
  title: 'Mirrored requests to a hung backend take the slots, four per client',
  describe:
    'Each request is mirrored four times to a backend that hangs. Clients still get their 200 at first, but upstream ' +
    'sockets take four slots for each of theirs until nothing can be connected.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough while connecting to upstream, .*subrequest: "\/m\d"/] },
  async prepare(lab) {
    const app = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const shadow = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const mirrors = [1, 2, 3, 4].map((n) => `location = /m${n} { internal; proxy_pass http://${shadow.address}; }`);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `location /api/ { mirror /m1; mirror /m2; mirror /m3; mirror /m4; proxy_pass http://${app.address}; } ${mirrors.join(' ')}`,
      },
      canary: { path: '/api/canary', perSecond: 1 },
      fault() {
        shadow.behave({ kind: 'hang' });
        lab.requests({ path: '/api/x', perSecond: 1 });
      },
    };
  },
};
