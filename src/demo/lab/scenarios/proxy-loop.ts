/**
 * A reload points proxy_pass at the listener it is served from. Requests multiply within milliseconds and clients get a
 * 500.
 */
import type { Scenario } from '../scenario.ts';

/** The upstream is a listener of this nginx. One request multiplies until no slot is left (src/nginx/README.md §9). */
export const scenario: Scenario = {
  id: 'proxy-loop',
  title: 'nginx proxies to itself: one request multiplies until the slots are gone',
  describe:
    'A reload brings a proxy_pass that points back at the very listener it is served from. Each request opens another ' +
    'one to nginx itself; within milliseconds the workers are full and the chain collapses into 500s.',
  expected: { cause: 'proxy-loop' },
  proof: { errorLog: [/worker_connections are not enough while connecting to upstream/], outcomes: ['http-5xx'] },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const config = (upstream: string) => ({
      workerConnections: 128,
      server: `location /old/ { proxy_pass http://${upstream}; }`,
    });
    return {
      config: config(backend.address),
      canary: { path: '/old/page' },
      async fault() {
        lab.nginx.writeConfig(config(`127.0.0.1:${lab.nginx.port}`));
        await lab.nginx.reload();
      },
    };
  },
};
