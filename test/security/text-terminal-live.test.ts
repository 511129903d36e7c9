/** Hostile names of a running nginx on a real terminal: files, server names, upstreams, process titles and log text. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrivateNginx } from '../support/private-nginx.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp\u200b';
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const SECRET = 'hunter2hunter2';

let nginx: PrivateNginx;
let folder = '';
let fake: ChildProcess | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-hostile-'));
  chmodSync(folder, 0o755);
  nginx = await PrivateNginx.start(
    ({ port }) => `
error_log logs/error.log notice;
error_log "logs/e${HOSTILE}.log";
events { worker_connections 64; }
http {
  access_log "syslog:server=127.0.0.1:9,tag=a" combined;
  upstream "u${HOSTILE}" { server 127.0.0.1:1; }
  server { listen 127.0.0.1:${port}; server_name "s${HOSTILE}"; error_log "logs/s${HOSTILE}\ntoken=${SECRET}.log";
    access_log "logs/a${HOSTILE}\ntoken=${SECRET}$host.log";
    location / { proxy_pass "http://u${HOSTILE}"; } location = /status { stub_status; } }
}`,
  );
  appendFileSync(
    nginx.path('logs/error.log'),
    `2026/01/01 00:00:00 [alert] 1#1: 64 worker_connections are not enough${HOSTILE}\n`,
  );
  // A stranger's process that is titled like a master.
  const words = process.getuid?.() === 0 ? ['--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  fake = spawn('setpriv', [...words, 'bash', '-c', `exec -a "nginx: master process ${HOSTILE}" sleep 600`], {
    stdio: 'ignore',
  });
  writeFileSync(join(folder, 'gapwatch.yml'), JSON.stringify({ store: { path: join(folder, 'gapwatch.db') } }), {
    mode: 0o600,
  });
  writeFileSync(
    join(folder, 'named.yml'),
    JSON.stringify({
      nginx: { pidFile: nginx.path('logs/nginx.pid') },
      store: { path: join(folder, 'gapwatch.db') },
    }),
    { mode: 0o600 },
  );
}, 30_000);
afterAll(async () => {
  fake?.kill('SIGKILL');
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
});

const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const command = (args: readonly string[], file: string): string =>
  [process.execPath, BINARY, ...args, '-c', join(folder, file)].map(word).join(' ');

/** Latin-1 where it is no UTF-8, so that a bare 0x9b is found too. */
function decoded(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return (Buffer.from(text).equals(bytes) ? text : bytes.toString('latin1')).replaceAll('\r\n', '\n');
}

describe('on a terminal', () => {
  it.each([
    ['doctor', ['doctor']],
    ['doctor --json', ['doctor', '--json']],
    ['status', ['status']],
    ['status --json', ['status', '--json']],
    ['diagnose', ['diagnose', '--for', '1s']],
    ['diagnose --json', ['diagnose', '--for', '1s', '--json']],
    ['audit', ['audit']],
  ] as const)(
    '%s prints no control character of a running nginx',
    (_name, args) => {
      for (const file of ['named.yml', 'gapwatch.yml']) {
        const { stdout } = spawnSync('script', ['-qec', command(args, file), '/dev/null'], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const shown = decoded(stdout);
        expect(shown.length).toBeGreaterThan(20);
        expect(CONTROLS.exec(shown)).toBeNull();
      }
    },
    90_000,
  );

  it('a log line of ours begins no line with a name, and names no secret of one', () => {
    const words = `${command(['diagnose', '--for', '1s'], 'named.yml')} >/dev/null`;
    const { stdout } = spawnSync('script', ['-qec', words, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const shown = decoded(stdout);
    expect(shown).toMatch(/blind spot/);
    expect(shown).not.toMatch(/^token=/m);
    expect(shown).not.toContain(SECRET);
  }, 60_000);
});
