/**
 * nginx reloads ten times while clients hold event streams. The old workers stay until their streams end; no client is
 * refused.
 */
import { get } from '../get.ts';
import type { Scenario } from '../scenario.ts';

const RELOADS = 9;

/** Ten reloads with open streams and no worker_shutdown_timeout leave 19 old workers (src/nginx/README.md §4.8). */
export const scenario: Scenario = {
  id: 'old-workers',
  title: "A day's reloads left twenty old workers that open streams keep alive",
  describe:
    'Each reload leaves its workers waiting for the last event stream to end. Their memory, descriptors and connections ' +
    'add up; Active climbs beyond the capacity of the current workers although those are nearly idle.',
  expected: { cause: 'old-workers' },
  proof: {
    notInErrorLog: [/worker_connections/],
    loses: false,
    check: (lab) => (lab.nginx.childPids.length >= 16 ? [] : [`only ${lab.nginx.childPids.length} workers are left`]),
  },
  // A worker counts as old after a minute.
  faultSeconds: 60,
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'stream', everyMs: 1000 } });
    const proxied = `proxy_pass http://${backend.address}; proxy_buffering off; proxy_read_timeout 1h;`;
    const subscribeAndReload = async () => {
      lab.hold({ perSecond: 40, atMost: 14, hello: get('/events') });
      await lab.sleep(900);
      await lab.nginx.reload();
    };
    return {
      config: { workerConnections: 64, server: `location /events { ${proxied} }` },
      async history() {
        for (let n = 1; n < RELOADS && !lab.load.aborted; n += 1) await subscribeAndReload();
      },
      fault: subscribeAndReload,
    };
  },
};
