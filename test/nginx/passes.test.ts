import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pass } from '../../src/core/settings.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { upstreamOf } from '../../src/nginx/passes.ts';
import { type Ground, PrivateNginx } from '../support/private-nginx.ts';

describe('the upstream of a target', () => {
  it.each([
    ['http://app', 'app'],
    ['http://APP/api/', 'app'],
    ['http://app?x=1', 'app'],
    ['http://app$request_uri', 'app'],
    ['http://app${uri}', 'app'],
    ['http://other', 'other:80'],
    ['https://other/x', 'other:443'],
    ['http://10.0.0.1:8080/a:b', '10.0.0.1:8080'],
    ['http://[::1]:8080/', '[::1]:8080'],
    ['http://unix:/run/a.sock:/uri', 'unix:/run/a.sock'],
    ['http://$host', null],
    ['http://app$suffix/', null],
    ['$scheme://app', null],
  ])('of %s', (target, upstream) => {
    expect(upstreamOf(target, 'proxy', 'http', new Map([['app', 'app']]))).toBe(upstream);
  });
});

/** A front whose locations say what they pass on, and a back end that answers with what it got. */
const config = ({ port, folder }: Ground) => `
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  upstream back { server unix:${folder}/back.sock; keepalive 2; }
  proxy_set_header Connection "from-http";
  server { listen unix:${folder}/back.sock; location / { return 200 "$server_protocol|$http_connection|$http_upgrade"; } }
  server {
    listen 127.0.0.1:${port};
    location /inherits { proxy_pass http://back; }
    location /replaced { proxy_set_header X-Other y; proxy_pass http://back; }
    location /version { proxy_http_version 1.1; proxy_pass http://back; }
    location /emptied { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://back; }
    location /upgrade { proxy_http_version 1.1; proxy_set_header Upgrade websocket; proxy_set_header Connection upgrade; proxy_pass http://back; }
    location /outer { proxy_set_header Connection outer; location /outer/inner { proxy_pass http://back; } }
  }
}`;

describe('what an upstream is sent, by inheritance', () => {
  let nginx: PrivateNginx;
  let passes: readonly Pass[];
  beforeAll(async () => {
    nginx = await PrivateNginx.start(config);
    passes = deriveSettings(parseFragment(config(nginx)), {
      origin: 'fragment',
      version: '1.22.1',
      cpus: 1,
      prefix: null,
    }).passes;
  });
  afterAll(() => nginx.stop());

  it.each(['/inherits', '/replaced', '/version', '/emptied', '/upgrade', '/outer/inner'])(
    'is what the real nginx sends from %s',
    async (location) => {
      const answer = await (await fetch(`http://127.0.0.1:${nginx.port}${location}`)).text();
      const pass = passes.find((one) => one.location === location);
      const [protocol, connection, upgrade] = answer.split('|');
      expect(`HTTP/${pass?.httpVersion.value}`).toBe(protocol);
      expect(pass?.connectionHeader === null ? 'close' : pass?.connectionHeader?.value).toBe(connection);
      expect(pass?.upgradesWebsocket).toBe(upgrade !== '');
    },
  );
});
