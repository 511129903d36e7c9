/** The backend closes idle connections that nginx still reuses. Some POSTs get a 502. */
import type { Scenario } from '../scenario.ts';

/**
 * nginx reuses an upstream connection that the backend is closing as idle (src/nginx/README.md §9). On loopback the
 * race is too short to happen by chance, so the backend resets any connection that was idle for longer than its
 * timeout.
 */
export const scenario: Scenario = {
  id: 'upstream-idle-race',
  title: 'Reused upstream connections are reset because the backend times out first',
  describe:
    'The backend drops connections after 150 ms of idleness, nginx keeps them for 60 s. POSTs that meet such a connection ' +
    'fail with 502 now and then, since they may not be repeated; the backend itself is fine.',
  expected: { cause: 'upstream-idle-race' },
  proof: {
    errorLog: [/(\(104: .*|prematurely closed connection )while reading response header from upstream/],
    outcomes: ['http-5xx'],
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 5 } });
    const post = () => lab.ask({ path: '/api/save', method: 'POST', body: 'x=1' });
    return {
      config: {
        workers: 1,
        workerConnections: 256,
        http: `upstream app { server ${backend.address}; keepalive 16; }`,
        server: 'location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }',
      },
      fault() {
        backend.behave({ kind: 'reset-idle', idleMs: 150 });
        lab.every(1000, () => void Promise.all([post(), post(), lab.sleep(100).then(post)]));
      },
    };
  },
};
