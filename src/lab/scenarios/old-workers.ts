import type { Scenario } from '../scenario.ts';

/** NGINX.md §4.8: 10 reloads with streams and no worker_shutdown_timeout: 19 old workers. */
export const scenario: Scenario = {
  id: 'old-workers',
  title: 'Ten reloads leave twenty old workers behind, kept alive by open streams',
  describe:
    'Each reload leaves its workers waiting for the last event stream to end. Their memory, descriptors and connections ' +
    'add up; Active climbs beyond the capacity of the current workers although those are nearly idle.',
  expected: { cause: 'old-workers', alsoAllowed: ['reload-storm'] },
  proof: {
    notInErrorLog: [/worker_connections/],
    loses: false,
    check: (lab) => (lab.nginx.childPids.length >= 12 ? [] : [`only ${lab.nginx.childPids.length} workers are left`]),
  },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'stream', everyMs: 1000 } });
    const proxied = `proxy_pass http://${backend.address}; proxy_buffering off; proxy_read_timeout 1h;`;
    return {
      config: { workerConnections: 64, errorLevel: 'notice', server: `location /events { ${proxied} }` },
      async fault() {
        lab.hold({ perSecond: 6, atMost: 130, hello: 'GET /events HTTP/1.1\r\nHost: lab.test\r\n\r\n' });
        for (let n = 0; n < 10 && !lab.load.aborted; n += 1) {
          await lab.sleep(2000);
          await lab.nginx.reload();
        }
      },
    };
  },
};
