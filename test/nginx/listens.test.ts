import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { listenAddresses, listeners } from '../../src/nginx/listens.ts';
import { buildScope } from '../../src/nginx/scope.ts';
import { NginxCheck } from './nginx-check.ts';

const nginx = new NginxCheck();
afterAll(() => nginx.remove());

const read = (config: string, runsAsRoot = true) =>
  listeners(buildScope(parseFragment(config).nodes), runsAsRoot).listeners;

describe('addresses', () => {
  it.each([
    ['80', ['0.0.0.0:80']],
    ['*:8080', ['0.0.0.0:8080']],
    ['127.0.0.1', ['127.0.0.1:80']],
    ['localhost:81', ['127.0.0.1:81']],
    ['[::]:443', ['[::]:443']],
    ['[::1]', ['[::1]:80']],
    ['8000-8002', ['0.0.0.0:8000', '0.0.0.0:8001', '0.0.0.0:8002']],
    ['10.0.0.1:90-91', ['10.0.0.1:90', '10.0.0.1:91']],
    ['unix:/run/a.sock', ['unix:/run/a.sock']],
    ['app.internal', ['app.internal:80']],
  ])('normalises %s', (text, addresses) => {
    expect(listenAddresses(text, 80)).toEqual(addresses);
  });
});

describe('listeners', () => {
  it('of a specific address have a separate socket beside the wildcard only with separate options', () => {
    const bound = (options: string) =>
      read(`http { server { listen 80; } server { listen 127.0.0.1:80${options}; } }`).map(
        ({ listen }) => listen.bound,
      );
    expect([bound(''), bound(' ssl'), bound(' backlog=64'), bound(' bind')]).toEqual([
      [true, false],
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  it('of one address in several servers are one, with the options of the one that sets any', () => {
    const [only, ...others] = read(`http {
      server { listen 80; server_name a; }
      server { listen 80 default_server backlog=1024 reuseport; server_name b c; }
      server { listen 80 ssl; server_name d; } }`);
    expect(others).toEqual([]);
    expect(only?.listen).toMatchObject({
      address: '0.0.0.0:80',
      backlog: 1024,
      reuseport: true,
      ssl: true,
      defaultServer: true,
    });
    expect(only?.listen.servers?.flatMap(({ names }) => names)).toEqual(['b', 'c', 'a', 'd']);
    expect(only?.listen.place.line).toBe(3);
    expect(only?.servers.map((server) => server.node?.line)).toEqual([3, 2, 4]);
  });

  it('default to port 80, or 8000 for a user who may not bind it', () => {
    const config = 'http { server { } }';
    expect(read(config).map((one) => one.listen.address)).toEqual(['0.0.0.0:80']);
    expect(read(config, false).map((one) => one.listen.address)).toEqual(['0.0.0.0:8000']);
    expect(read('stream { server { listen 53 udp; } }').map((one) => one.listen.udp)).toEqual([true]);
  });

  it('have as many sockets as nginx opens', { timeout: 60_000 }, async () => {
    const address = fc.constantFrom(
      '41080',
      '*:41080',
      '127.0.0.1:41080',
      '127.0.0.2:41080',
      '127.0.0.1:41081',
      '[::]:41080',
      '[::1]:41080',
      '41082-41084',
      'unix:/tmp/gapwatch-listens.sock',
      '127.0.0.1:41085 bind',
    );
    const server = fc.uniqueArray(address, {
      minLength: 1,
      maxLength: 4,
      selector: (text) => listenAddresses(text.split(' ')[0] ?? '', 80)[0],
    });
    await fc.assert(
      fc.asyncProperty(fc.array(server, { minLength: 1, maxLength: 3 }), async (servers) => {
        const blocks = servers.map((listens) => `server { ${listens.map((one) => `listen ${one};`).join(' ')} }`);
        const bound = (text: string) => text.split('bind').length - 1;
        if (bound(blocks.join()) > 1) return;
        const verdict = await nginx.test(`events { worker_connections 1; }\nhttp {\n${blocks.join('\n')}\n}\n`);
        const opened = /not enough for (\d+) listening sockets/.exec(verdict.message ?? '')?.[1];
        const own = read(`http { ${blocks.join('\n')} }`).filter((one) => one.listen.bound);
        expect(own.length, verdict.message ?? '').toBe(Number(opened));
      }),
      { numRuns: 80, seed: 3 },
    );
  });
});
