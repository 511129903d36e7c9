import { describe, expect, it } from 'vitest';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { pathOf } from '../../src/nginx/status-pages.ts';

const pages = (servers: string) =>
  deriveSettings(parseFragment(`http { ${servers} }`), { origin: 'fragment', version: null, cpus: 1, prefix: null })
    .statusPages;

describe('the address of a page', () => {
  it.each([
    ['listen 8080; location /s { stub_status; }', 'http://127.0.0.1:8080/s'],
    ['listen [::]:8080; location /s { stub_status; }', 'http://[::1]:8080/s'],
    ['listen 10.0.0.5:81; location = /s { stub_status; }', 'http://10.0.0.5:81/s'],
    ['listen 443 ssl; location ^~ /s { stub_status; }', 'https://127.0.0.1:443/s'],
    ['listen unix:/run/x.sock; location /s { stub_status on; }', 'http+unix:///run/x.sock:/s'],
    ['listen 443 ssl; listen 127.0.0.1:80; location ~ ^/nginx\\.s$ { stub_status; }', 'http://127.0.0.1:80/nginx.s'],
    ['listen 80 proxy_protocol; listen 81; location /s { stub_status; }', 'http://127.0.0.1:81/s'],
    ['location / { location /s { stub_status; } }', 'http://127.0.0.1:80/s'],
    ['listen 80; stub_status;', 'http://127.0.0.1:80/'],
  ])('of %s', (server, url) => {
    expect(pages(`server { ${server} }`).map((page) => page.url)).toEqual([url]);
  });

  it.each([['@named'], ['~ ^/(a|b)$'], ['~* \\.s']])('is unknown for location %s', (location) => {
    expect(pathOf(location.split(' '))).toBeNull();
  });
});

describe('the Host of a page', () => {
  const two = (names: string) =>
    pages(`server { listen 80; } server { listen 80; ${names} location /s { stub_status; } }`)[0]?.hostHeader;

  it('is needed only where another server is the default', () => {
    expect(pages('server { listen 80; server_name a; location /s { stub_status; } }')[0]?.hostHeader).toBeNull();
    expect(two('server_name ~^x$ *.b.example a.example;')).toBe('a.example');
    expect(two('server_name *.b.example;')).toBe('gapwatch.b.example');
  });
});

describe('the rules of a page', () => {
  const allows = (rules: string) =>
    pages(`server { listen 80; location /s { stub_status; ${rules} } }`)[0]?.allowsLocal;

  it.each([
    ['', true],
    ['allow 127.0.0.1; deny all;', true],
    ['deny all; allow 127.0.0.1;', false],
    ['allow 10.0.0.0/8; deny all;', false],
    ['allow 127.0.0.0/8; deny all;', true],
    ['deny 127.0.0.1;', false],
  ])('%j', (rules, expected) => {
    expect(allows(rules)).toBe(expected);
  });

  it('are inherited only where the location has none', () => {
    const [page] = pages('server { listen 80; deny all; location /s { stub_status; allow all; } }');
    expect(page).toMatchObject({ allowsLocal: true, allow: ['all'], deny: [] });
    expect(pages('server { listen 80; deny all; location /s { stub_status; } }')[0]?.allowsLocal).toBe(false);
  });
});

it('is given over TCP and over a unix socket where there are both', () => {
  const found = pages('server { listen unix:/a.sock; listen 80; location /s { stub_status; deny all; allow unix:; } }');
  expect(found.map(({ url }) => url)).toEqual(['http://127.0.0.1:80/s', 'http+unix:///a.sock:/s']);
});

it('prefers a page that lets us in, then one with its own listener', () => {
  const found = pages(`
    server { listen 80; location /a { stub_status; deny all; } location / { root /x; } }
    server { listen 81; location /b { stub_status; } location / { proxy_pass http://x; } }
    server { listen 127.0.0.1:82; location /c { stub_status; } location / { return 404; } }`);
  expect(found.map(({ url, ownListener }) => `${url} ${ownListener}`)).toEqual([
    'http://127.0.0.1:82/c true',
    'http://127.0.0.1:81/b false',
    'http://127.0.0.1:80/a false',
  ]);
});
