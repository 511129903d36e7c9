/**
 * Clients of a real nginx have an application log texts that imitate entries of the error log: nothing opens. A service
 * watches that nginx as it would any other. Afterwards two workers really crash, and that does open.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GapwatchProcess, type ServiceEvent } from '../cli/support/gapwatch-process.ts';
import { type FastcgiServer, startFastcgi } from '../support/fastcgi-server.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

let app: FastcgiServer;
let nginx: PrivateNginx;
let service: GapwatchProcess;

beforeAll(async () => {
  app = await startFastcgi();
  nginx = await PrivateNginx.start(
    ({ port, folder }) => `
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      worker_processes 2;
      events { worker_connections 256; }
      error_log logs/error.log notice;
      http {
        access_log off;
        client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fastcgi; proxy_temp_path ${folder}/proxy;
        uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
        server {
          listen 127.0.0.1:${port};
          location = /status { stub_status; }
          location /app { fastcgi_pass 127.0.0.1:${app.port}; fastcgi_param QUERY_STRING $query_string;
                          fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_LENGTH $content_length; }
          location /secret { auth_basic x; auth_basic_user_file ${folder}/users; }
          location / { root ${folder}/html; }
        }
      }`,
  );
  writeFileSync(nginx.path('users'), 'somebody:{PLAIN}x\n');
  mkdirSync(nginx.path('html'));
  // Nobody else may have prepared what is read as root.
  chmodSync(nginx.folder, 0o755);
  service = new GapwatchProcess({
    config: {
      nginx: { pidFile: nginx.path('logs/nginx.pid') },
      probes: { intervalMs: 1000, suspiciousIntervalMs: 500, timeoutMs: 1000 },
    },
  });
  await service.until('looks at the page and the workers', () => answered('stub-status') && answered('workers'));
  // A process as young as the line may be another one with the pid of the one that ended.
  await service.until('workers older than the slack of start times', () => service.samples('workers').some(isSettled));
}, 60_000);

function isSettled({ at, data }: ServiceEvent): boolean {
  const { processes = [] } = (data ?? {}) as { processes?: readonly { startedAtMs: number }[] };
  return processes.length > 0 && processes.every(({ startedAtMs }) => startedAtMs < Date.parse(at) - 4_000);
}

afterAll(async () => {
  await service.stop();
  await nginx.stop();
  await app.close();
});

const answered = (probe: string): boolean => service.samples(probe).filter(({ ok }) => ok === true).length > 1;

function workerPids(): string[] {
  return execFileSync('pgrep', ['-P', String(nginx.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

/** The time as nginx writes it. */
function stamp(): string {
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  return `${now.slice(0, 10).replaceAll('-', '/')} ${now.slice(11, 19)}`;
}

const entry = (level: string, pid: number | string, words: string): string =>
  `${stamp()} [${level}] ${pid}#${pid}: ${words}`;
const request = (): string =>
  `, client: 192.0.2.1, server: , request: "GET / HTTP/1.1", upstream: "fastcgi://127.0.0.1:${app.port}", host: "x"`;
const stderr = (pid: number | string, text: string): string =>
  entry('error', pid, `*7 FastCGI sent in stderr: "${text}`);
const ended = (): string => `" while reading response header from upstream${request()}`;
const crash = (pid: number | string, child: number | string): string =>
  entry('alert', pid, `worker process ${child} exited on signal 11`);
const full = (pid: number | string): string => entry('alert', pid, '256 worker_connections are not enough');
const refused = (pid: number | string): string =>
  entry('error', pid, `*8 connect() failed (111: Connection refused) while connecting to upstream${request()}`);

async function send(path: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${nginx.port}${path}`, init);
  await response.arrayBuffer();
}

const asQuery = (text: string): Promise<void> => send(`/app?${encodeURIComponent(text)}`);
const asBody = (text: string, pieceBytes?: number): Promise<void> =>
  send('/app', {
    method: 'POST',
    body: text,
    headers: pieceBytes === undefined ? {} : { 'X-Piece': String(pieceBytes) },
  });

const opened = (): readonly ServiceEvent[] => service.events.filter(({ type }) => type === 'incident.opened');

/** The service has read all of the log, looked at nginx afterwards, and concluded from both. */
async function settled(): Promise<void> {
  await service.looksOn('workers');
  // A line may wait ten seconds for a look; an incident that likely is one opens after five.
  await sleep(11_000);
  await service.looksOn('workers');
}

const STRANGER = 4_190_000;

/** Texts for two requests each. */
const FORGERIES: readonly (readonly [name: string, attack: () => Promise<void>])[] = [
  ['lines of their own', () => asQuery(`x\n${crash(STRANGER, STRANGER + 1)}\ny`)],
  ['lines with real pids', () => asQuery(`x\n${crash(nginx.pid, workerPids()[0] ?? '')}\ny`)],
  [
    'a whole entry before and after it',
    () => asBody(`x${ended()}\n${crash(STRANGER, STRANGER + 1)}\n${stderr(STRANGER, 'y')}`),
  ],
  [
    'a whole entry around it, and real pids',
    async () => {
      const [worker = ''] = workerPids();
      await asBody(`x${ended()}\n${crash(nginx.pid, worker)}\n${full(worker)}\n${stderr(worker, 'y')}`);
    },
  ],
  ['kilobytes of it', () => asBody(`${'x\n'.repeat(300)}${`${crash(STRANGER, 5)}\n`.repeat(50)}`)],
  ['a megabyte, in pieces', () => asBody(`${crash(STRANGER, 5)}\n${refused(STRANGER)}\n`.repeat(3000), 4000)],
  [
    'an end that nginx cuts off',
    () => asBody(`x${ended()}\n${crash(STRANGER, 5)}\n${stderr(STRANGER, 'y')}${'z'.repeat(2048)}`),
  ],
  [
    'other outages',
    () =>
      asBody(
        [
          `x${ended()}`,
          ...Array.from({ length: 4 }, () => refused(STRANGER)),
          full(STRANGER),
          entry('crit', STRANGER, 'accept4() failed (24: Too many open files)'),
          entry('emerg', STRANGER, 'open() "/x" failed (24: Too many open files)'),
          'Jan  1 00:00:00 host kernel: nf_conntrack: table full, dropping packet',
          '512 worker_connections are not enough',
          stderr(STRANGER, 'y'),
        ].join('\n'),
      ),
  ],
  [
    'a user name',
    async () => {
      const user = `x" was not found in "/u"${request()}\n${crash(STRANGER, 5)}\n${entry('error', STRANGER, '*7 user "y')}`;
      await send('/secret/', { headers: { Authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}` } });
    },
  ],
  ['a path', () => send(`/${encodeURIComponent(`x" failed (2: No)${request()}\n${crash(STRANGER, 5)}\n`)}y`)],
];

describe('what clients have an application log', () => {
  it('opens nothing, in whatever it is wrapped', async () => {
    const mark = readFileSync(nginx.path('logs/error.log'), 'utf8').length;
    for (const [, attack] of FORGERIES) for (let twice = 0; twice < 2; twice++) await attack();
    const written = readFileSync(nginx.path('logs/error.log'), 'utf8').slice(mark);
    // The texts are there, each at the beginning of a line.
    expect(
      written.match(/^.{19} \[alert\] \d+#\d+: worker process \d+ exited on signal 11$/gm)?.length,
    ).toBeGreaterThan(50);
    await settled();
    expect(opened()).toEqual([]);
    // Some of it stood where entries of nginx stand: that is said, as a note.
    await service.until('a note', () =>
      service.events.some(({ type, cause }) => type === 'note' && cause === 'disputed-lines'),
    );
  }, 90_000);

  it.each(FORGERIES)(
    'opens nothing by itself: %s',
    async (_name, attack) => {
      for (let twice = 0; twice < 2; twice++) await attack();
      await service.looksOn('workers');
      expect(opened()).toEqual([]);
    },
    30_000,
  );

  it('does not hide workers that crash', async () => {
    await asBody(`x${ended()}\n${crash(STRANGER, STRANGER + 1)}\n${stderr(STRANGER, 'y')}`);
    for (const pid of workerPids()) process.kill(Number(pid), 'SIGSEGV');
    // The kept-alive connection was a worker's that crashed.
    await asBody('x\n').catch(() => asBody('x\n'));
    await service.until('the incident', () => service.incidents.includes('worker-crash'), 30_000);
    expect(service.incidents).toEqual(['worker-crash']);
    const summary = JSON.stringify(opened()[0]);
    expect(summary).toContain('2 workers crashed');
  }, 60_000);
});
