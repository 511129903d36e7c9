/** A limit_conn zone is too small for the number of clients. New clients get a 503 although none exceeds the limit. */
import type { Scenario } from '../scenario.ts';

const LONG_KEY = 'k'.repeat(200);

/** A limit_conn node lives as long as its connection, and a zone of 32 KiB has room for about a hundred long keys. */
export const scenario: Scenario = {
  id: 'shared-zone-full',
  title: 'The shared memory of a limit zone is full: new clients get 503',
  describe:
    'A limit_conn zone is too small for the number of different clients. nginx cannot store another key and refuses ' +
    'the next client with 503, although no client exceeds the limit.',
  expected: { cause: 'shared-zone-full' },
  proof: { errorLog: [/ngx_slab_alloc\(\) failed: no memory/], outcomes: ['http-5xx'] },
  async prepare(lab) {
    const backend = await lab.backend({
      behaviour: { kind: 'stream', everyMs: 1000 },
      paths: { '/canary': { kind: 'answer', afterMs: 10 } },
    });
    return {
      config: {
        workerConnections: 1024,
        http: 'limit_conn_zone $uri$http_x_key zone=sessions:32k;',
        server: `limit_conn sessions 50; location / { proxy_pass http://${backend.address}; proxy_buffering off; }`,
      },
      canary: { path: '/canary', headers: [`X-Key: canary-${LONG_KEY}`] },
      fault: () => {
        const hello = (n: number) => `GET /events HTTP/1.1\r\nHost: lab.test\r\nX-Key: ${n}-${LONG_KEY}\r\n\r\n`;
        lab.hold({ perSecond: 40, atMost: 250, hello, sources: 250 });
      },
    };
  },
};
