/**
 * Upstream connections without a client fill the slots: mirrors, HTTP/2 streams, idle pools, SSI. A few clients are
 * enough to be refused.
 */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { httpRequest } from '../http-request.ts';
import type { Scenario } from '../scenario.ts';

/**
 * Each client causes 4 mirror requests to a hung backend: 99 upstream slots for 26 clients (src/nginx/README.md §4.12).
 */
export const scenario: Scenario = {
  id: 'non-client-slots',
  title: 'Mirrored requests to a hung backend take the slots, four per client',
  describe:
    'Each request is mirrored four times to a backend that hangs. Clients still get their 200 at first, but upstream ' +
    'sockets take four slots for each of theirs until nothing can be connected.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough while connecting to upstream, .*subrequest: "\/m\d"/] },
  async prepare(lab) {
    const app = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const shadow = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const mirrors = [1, 2, 3, 4].map((n) => `location = /m${n} { internal; proxy_pass http://${shadow.address}; }`);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `location /api/ { mirror /m1; mirror /m2; mirror /m3; mirror /m4; proxy_pass http://${app.address}; } ${mirrors.join(' ')}`,
      },
      canary: { path: '/api/canary', perSecond: 1 },
      fault() {
        shadow.behave({ kind: 'hang' });
        lab.requests({ path: '/api/x', perSecond: 1 });
      },
    };
  },
};

/** Two HTTP/2 clients show Active 5 and Writing 100 (src/nginx/README.md §4.12). */
const http2Streams: Scenario = {
  id: 'non-client-slots-http2',
  title: 'Two HTTP/2 clients with sixty streams each take every slot upstream',
  describe:
    'Each HTTP/2 stream to a hung backend holds an upstream slot although the client holds one connection. Writing ' +
    'exceeds Active, and a handful of clients exhausts the worker.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const port = await freePort();
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `listen 127.0.0.1:${port} http2; location /api/ { proxy_pass http://${backend.address}; }`,
      },
      canary: { path: '/api/canary', perSecond: 1, patienceMs: 20_000 },
      fault() {
        backend.behave({ kind: 'hang' });
        const sessions = [0, 1].map(() => connect(`http://127.0.0.1:${port}`));
        for (const session of sessions) session.on('error', () => session.destroy());
        lab.every(125, () => {
          for (const session of sessions) {
            if (!session.destroyed) session.request({ ':path': '/api/x' }).on('error', () => undefined);
          }
        });
        lab.load.addEventListener('abort', () => sessions.forEach((session) => void session.destroy()), { once: true });
      },
    };
  },
};

/** Idle connections per pool. Four pools of 29 leave 9 of 125 slots for clients; reuse keeps about 20 free. */
const PER_POOL = 29;

/**
 * Active is 1–3, upstream connections 123, log line W1 comes every second, and few clients are refused
 * (src/nginx/README.md §4.12).
 */
const idlePool: Scenario = {
  id: 'non-client-slots-idle-pool',
  title: 'Idle upstream keep-alive connections hold nearly every slot',
  describe:
    'Four upstream keepalive pools are larger than the worker can afford. After a busy moment they hold their ' +
    'connections idle and never give them back; two dozen clients at once are already too many.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['reuse-drops'] },
  proof: { errorLog: [/128 worker_connections are not enough/], loses: true },
  async prepare(lab) {
    const backends = await Promise.all(
      [0, 1, 2, 3].map(() => lab.backend({ behaviour: { kind: 'answer', afterMs: 700 }, keepAliveMs: 600_000 })),
    );
    const pools = backends.map(
      (backend, n) => `upstream pool${n} { server ${backend.address}; keepalive 64; keepalive_timeout 1h; }`,
    );
    const proxied = 'proxy_http_version 1.1; proxy_set_header Connection "";';
    const locations = backends.map((_, n) => `location /${n}/ { proxy_pass http://pool${n}; ${proxied} }`);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        errorLevel: 'warn',
        http: pools.join(' '),
        server: locations.join(' '),
      },
      async fault() {
        const port = lab.nginx.port;
        for (const n of backends.keys()) {
          const request = { port, path: `/${n}/x`, patienceMs: 5000 };
          await Promise.all(Array.from({ length: PER_POOL }, () => httpRequest(request, lab.load)));
          await lab.sleep(1000);
        }
        lab.bursts({ path: '/0/x', clients: 28, everyMs: 1500 });
      },
    };
  },
};

/** Active 7, upstream connections 118 (src/nginx/README.md §4.12). */
const ssi: Scenario = {
  id: 'non-client-slots-ssi',
  title: 'A page with twenty server-side includes from a hung backend: 7 clients fill 128 slots',
  describe: 'Each view of one page opens twenty upstream connections. Active connections stay in single digits.',
  expected: { cause: 'non-client-slots', alsoAllowed: ['slow-upstream'] },
  proof: { errorLog: [/128 worker_connections are not enough/] },
  async prepare(lab) {
    const backend = await lab.backend({ behaviour: { kind: 'answer', afterMs: 10 } });
    const page = Array.from({ length: 20 }, (_, n) => `<!--#include virtual="/part/${n}" -->`).join('\n');
    writeFileSync(join(lab.nginx.prefix, 'html', 'page.shtml'), page);
    return {
      config: {
        workers: 1,
        workerConnections: 128,
        server: `location /part/ { proxy_pass http://${backend.address}; } location = /page.shtml { ssi on; ssi_types *; }`,
      },
      fault() {
        backend.behave({ kind: 'hang' });
        lab.requests({ path: '/page.shtml', perSecond: 0.5 });
      },
    };
  },
};

export const variants: readonly Scenario[] = [http2Streams, idlePool, ssi];
