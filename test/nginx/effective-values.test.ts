/**
 * What nginx does with a configuration against what we read out of it: drawn directives at drawn levels, and a running
 * nginx whose backend reports which of them were in force where the request was passed on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

/** What the backend saw of a request. */
interface Seen {
  readonly version: string;
  readonly connection: string | null;
  readonly host: string;
}

let backend: Server;
let address: string;

beforeAll(async () => {
  backend = createServer(({ httpVersion, headers }, answer) => {
    const seen: Seen = { version: httpVersion, connection: headers.connection ?? null, host: headers.host ?? '' };
    answer.end(JSON.stringify(seen));
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(backend.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => backend.close(() => resolve())));

function ask(port: number, path: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve(JSON.parse(text) as Seen));
    })
      .on('error', reject)
      .end();
  });
}

/** Directives of one level; any of them may be missing there. */
const level = fc.record({
  version: fc.constantFrom('', 'proxy_http_version 1.0;', 'proxy_http_version 1.1;'),
  headers: fc.subarray(
    [
      'proxy_set_header Connection "";',
      'proxy_set_header X-Real-IP $remote_addr;',
      'proxy_set_header Host "set.test";',
    ],
    { minLength: 0 },
  ),
});
type Level = typeof level extends fc.Arbitrary<infer T> ? T : never;

const written = ({ version, headers }: Level): string => [version, ...headers].join(' ');

const drawn = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  http: level,
  server: level,
  locations: fc.array(level, { minLength: 6, maxLength: 6 }),
});

function workersOf(master: number): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return new RegExp(`^PPid:\t${master}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  }).length;
}

it('are those that a running nginx shows, wherever they were written', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ workers, http, server, locations }) => {
      const blocks = locations.map((own, i) => `location /l${i}/ { ${written(own)} proxy_pass http://${address}; }`);
      let text = '';
      const nginx = await PrivateNginx.start(({ port }) => {
        text = `worker_processes ${workers};\nevents { worker_connections 64; }\nhttp { access_log off; ${written(http)}\nserver { listen 127.0.0.1:${port}; ${written(server)}\n${blocks.join('\n')}\n} }`;
        return text;
      });
      try {
        const settings = deriveSettings(parseFragment(text, 'nginx.conf'), {
          origin: 'live',
          version: '1.22.1',
          cpus: 1,
          prefix: nginx.folder,
        });
        await expect.poll(() => workersOf(nginx.pid)).toBe(settings.workerProcesses.value);
        for (const [i] of locations.entries()) {
          const pass = settings.passes.find(({ location }) => location === `/l${i}/`);
          const seen = await ask(nginx.port, `/l${i}/`);
          const read: Seen = {
            version: pass?.httpVersion.value ?? '',
            connection: pass?.connectionHeader == null ? 'close' : pass.connectionHeader.value || null,
            host: pass?.hostHeader ?? address,
          };
          expect(read, text).toEqual(seen);
        }
      } finally {
        await nginx.stop();
      }
    }),
    { numRuns: 20, seed: 20261121 },
  );
});
