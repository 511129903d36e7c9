import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/core/settings.ts';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';
import { type Ground, PrivateNginx } from '../support/private-nginx.ts';

const options = { origin: 'fragment', version: '1.22.1', cpus: 1, prefix: '/p/' } as const;
const derive = (text: string): Settings => deriveSettings(parseFragment(text), options);

describe('logs', () => {
  it('without error_log in main go to the built-in file, also when only syslog is named', () => {
    expect(derive('').errorLogs).toEqual([
      { target: '/p/logs/error.log', level: 'error', context: 'main', place: null },
    ]);
    expect(derive('error_log syslog:server=x;').errorLogs.map((log) => log.target)).toEqual([
      '/p/logs/error.log',
      'syslog:server=x',
    ]);
    expect(derive('error_log stderr debug_http;').errorLogs).toMatchObject([{ target: 'stderr', level: 'debug' }]);
  });

  it('find their format by name in any case, and say when it is not defined', () => {
    const { accessLogs } = derive(
      "http { log_format A 'x $status'; access_log a.log a; access_log b.log nowhere; server { } }",
    );
    expect(accessLogs.map(({ target, format }) => [target, format])).toEqual([
      ['/p/a.log', 'x $status'],
      ['/p/b.log', null],
    ]);
  });

  it('know buffering and compression', () => {
    const { accessLogs } = derive(
      'http { access_log a combined; access_log b combined buffer=1k; access_log c combined gzip=1 if=$x; server { } }',
    );
    expect(accessLogs.map(({ buffered, gzip }) => [buffered, gzip])).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
  });
});

/** Every location logs where its nearest block with a log says; some files that are named are never written. */
const config = ({ port }: Ground) => `
error_log logs/error-main.log;
events { worker_connections 64; }
http {
  access_log logs/http.log;
  error_log logs/error-http.log;
  server {
    listen 127.0.0.1:${port};
    access_log logs/server-1.log;
    access_log logs/server-2.log;
    location /plain { return 204; }
    location /own { access_log logs/own.log; location /own/inner { return 204; } }
    location /off { access_log off; location /off/on { access_log logs/on.log; return 204; } return 204; }
    location /both { access_log logs/never.log; access_log off; return 204; }
    location /missing { error_log logs/error-missing.log; root /nowhere; location /missing/inner { root /nowhere; } }
    location /gone { root /nowhere; }
  }
}`;

describe('a real nginx', () => {
  let nginx: PrivateNginx;
  beforeAll(async () => {
    nginx = await PrivateNginx.start(config);
  });
  afterAll(() => nginx.stop());

  const lines = (target: string) => readFileSync(target, 'utf8').split('\n').length - 1;

  it('writes exactly the logs that are said to be in force', async () => {
    const settings = deriveSettings(parseFragment(config(nginx)), { ...options, prefix: `${nginx.folder}/` });
    for (const path of ['/plain', '/own/inner', '/off', '/off/on', '/both', '/missing/inner', '/gone']) {
      await fetch(`http://127.0.0.1:${nginx.port}${path}`);
    }
    const names = ['http', 'server-1', 'server-2', 'own', 'on', 'never'];
    const written = names.map((name) => nginx.path(`logs/${name}.log`)).filter((target) => lines(target) > 0);
    expect(settings.accessLogs.map((log) => log.target).sort()).toEqual(written.sort());
    const said = settings.errorLogs.filter((log) => lines(log.target) > 0).map((log) => log.target);
    expect(said).toEqual([nginx.path('logs/error-http.log'), nginx.path('logs/error-missing.log')]);
    expect(settings.errorLogs.length).toBe(3);
  });
});
