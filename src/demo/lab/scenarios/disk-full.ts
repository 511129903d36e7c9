/** The file system for request bodies fills up. nginx cannot buffer uploads, and clients that upload get a 500. */
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';

/** The temp folder is a tmpfs of 1 MB in a separate mount namespace. The machine's disks are never touched. */
export const scenario: Scenario = {
  id: 'disk-full',
  title: 'The disk with the temp files is full: uploads fail with 500',
  describe: 'Request bodies are buffered in files. Their file system has no room left and uploads get 500 (errno 28).',
  expected: { cause: 'disk-full' },
  proof: { errorLog: [/\(28: No space left on device\)/] },
  needs: ['root'],
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 4000 } });
    const mount = `mount -t tmpfs -o size=1m,mode=711 tmpfs ${join(lab.nginx.prefix, 'temp')} && exec "$@"`;
    const body = 'x'.repeat(300_000);
    return {
      config: {
        workerConnections: 256,
        server: `client_max_body_size 10m; location /up { proxy_pass http://${backend.address}; }`,
      },
      wrap: ['unshare', '--mount', 'sh', '-c', mount, 'sh'],
      fault: () => lab.requests({ path: '/up', perSecond: 4, method: 'POST', body }),
    };
  },
};
