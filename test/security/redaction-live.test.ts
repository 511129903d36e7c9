/**
 * A real nginx with secrets in its configuration, asked with secrets in requests, watched by the real service: none is in
 * any file that the commands leave or in anything they print.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leaks, type Planted } from '../support/planted-secrets.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const PATIENCE_MS = 60_000;

const CONFIGURED = ['header', 'variable', 'mapkey', 'answer', 'cookie', 'realm', 'param', 'literal'].map((where) => ({
  where: `configuration: ${where}`,
  secret: `nougat${where}`,
}));
const ASKED = ['query', 'path', 'session', 'agent', 'referer', 'bearer', 'user', 'host'].map((where) => ({
  where: `request: ${where}`,
  secret: `truffle${where}`,
}));
const SECRETS: readonly Planted[] = [...CONFIGURED, ...ASKED];

/** Nothing listens on port 1 of the loopback: every request to an upstream is refused. */
const config = ({ port }: { port: number }): string => `
error_log logs/error.log info;
events { worker_connections 64; }
http {
  map $http_x_key $known { default 0; "nougatmapkey" 1; }
  log_format own '$remote_addr - $remote_user [$time_local] k=nougatliteral "$request" $status "$http_referer" "$http_user_agent"';
  access_log logs/access.log own;
  server {
    listen 127.0.0.1:${port};
    set $password "nougatvariable";
    location / {
      proxy_set_header X-Api-Key nougatheader;
      proxy_set_header Cookie "sid=nougatcookie";
      proxy_pass http://127.0.0.1:1;
    }
    location /php { fastcgi_param DB_PASSWORD nougatparam; fastcgi_pass 127.0.0.1:1; }
    location /closed { auth_basic "nougatrealm"; auth_basic_user_file none; return 403 "nougatanswer"; }
    location /reset { proxy_pass http://127.0.0.1:1; }
    location = /status { stub_status; access_log off; }
  }
}
`;

let folder: string;
let nginx: PrivateNginx;
let service: ChildProcess | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-live-secrets-'));
  nginx = await PrivateNginx.start(config);
});
afterEach(async () => {
  if (service?.exitCode === null && service.signalCode === null) service.kill('SIGKILL');
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(): Promise<void> {
  const asking = request({
    port: nginx.port,
    path: '/reset/trufflepath;jsessionid=trufflesession?token=trufflequery',
    headers: {
      host: 'trufflehost.example',
      authorization: `Basic ${Buffer.from('truffleuser:x').toString('base64')}`,
      'x-auth': 'trufflebearer',
      referer: 'https://x.example/trufflereferer',
      'user-agent': 'truffleagent',
    },
  });
  asking.end();
  const [answer] = await once(asking, 'response');
  answer.resume();
  await once(answer, 'end');
}

const file = (name: string): string => join(folder, name);

function gapwatch(...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [BINARY, ...args], { encoding: 'utf8', cwd: folder });
  return `${stdout}${stderr}`;
}

/** Everything below the folder, archives opened. */
function everything(path: string): string {
  if (statSync(path).isDirectory())
    return readdirSync(path)
      .map((name) => everything(join(path, name)))
      .join('\n');
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
}

async function opened(): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(250)) {
    await ask();
    if (existsSync(file('events.ndjson')) && readFileSync(file('events.ndjson'), 'utf8').includes('"incident.opened"'))
      return true;
  }
  return false;
}

it('lets out no secret of its configuration or of its clients', async () => {
  writeFileSync(
    file('gapwatch.yml'),
    JSON.stringify({
      host: 'web-1',
      nginx: { pidFile: nginx.path('logs/nginx.pid') },
      store: { path: file('gapwatch.db') },
    }),
  );
  service = spawn(process.execPath, [BINARY, 'run', '-c', file('gapwatch.yml'), '--events', file('events.ndjson')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let logged = '';
  service.stderr?.on('data', (part) => {
    logged += part;
  });
  expect(await opened()).toBe(true);
  const printed = [
    ['bundle', '-o', file('plain')],
    ['bundle', '-o', file('packed.tar.gz')],
    ['diagnose', '--for', '2s', '--json'],
    ['status', '--json'],
    ['audit', '--json'],
    ['replay', file('plain'), '--json'],
  ].map((args) => gapwatch(...args, '-c', file('gapwatch.yml')));
  const ended = once(service, 'exit');
  service.kill('SIGTERM');
  await ended;

  const raw = `${readFileSync(nginx.path('logs/error.log'), 'utf8')}${readFileSync(nginx.path('logs/access.log'), 'utf8')}`;
  expect(leaks(raw, ASKED).length).toBeGreaterThanOrEqual(7);
  expect(printed.join('\n')).toContain('upstream-down');
  expect(everything(file('plain'))).toContain('GET /reset/~');
  expect(everything(file('gapwatch.db')) + everything(file('events.ndjson'))).toContain('GET /reset/~');
  const kept = everything(folder);
  expect(kept).toContain('connect-refused');
  expect(leaks(kept, SECRETS)).toEqual([]);
  expect(leaks(printed.join('\n'), SECRETS)).toEqual([]);
  expect(leaks(logged, SECRETS)).toEqual([]);
}, 180_000);
