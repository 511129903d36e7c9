/** How a question to a status page may fail, against servers that do just that. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/demo/lab/free-port.ts';
import { createHost } from '../../../src/probe/host.ts';
import type { ProbeTarget } from '../../../src/probe/probe.ts';
import { createStubStatusProbe } from '../../../src/probe/probes/stub-status.ts';
import { listen, settings } from '../../diagnose/support/settings-builder.ts';
import { eventually } from '../support/watched-nginx.ts';

const PAGE =
  'Active connections: 7 \nserver accepts handled requests\n 100 98 400 \nReading: 2 Writing: 3 Waiting: 2 \n';
const OK = `HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;

const servers: Server[] = [];
const sockets = new Set<Socket>();
const probe = createStubStatusProbe(createHost());

afterEach(() => {
  probe.close?.();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that does one thing with each connection. Answers with its status URL. */
async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  servers.push(server);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${port}/s`;
}

function targetAt(statusUrl: string | null, over: Partial<ProbeTarget> = {}): ProbeTarget {
  return { masterPid: null, settings: null, statusUrl, statusHostHeader: null, ...over };
}

async function ask(target: ProbeTarget, timeoutMs = 1000) {
  const sample = await probe.run(target, AbortSignal.timeout(timeoutMs));
  if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  return sample.data;
}

/** Answers every complete request with `text`. */
function answering(text: string): (socket: Socket) => void {
  return (socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString();
      while (received.includes('\r\n\r\n')) {
        received = received.slice(received.indexOf('\r\n\r\n') + 4);
        socket.write(text);
      }
    });
  };
}

describe('a fresh connection', () => {
  it.each([
    ['closes at once', (socket: Socket) => void socket.end(), 'reset'],
    ['resets', (socket: Socket) => void socket.resetAndDestroy(), 'reset'],
    [
      'answers half and closes',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nAct'),
      'reset',
    ],
    ['is silent', () => {}, 'read-timeout'],
    ['is not HTTP', (socket: Socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'), 'malformed'],
    [
      'sends for ever',
      (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100_000)}`),
      'malformed',
    ],
    ['is another page', answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'), 'malformed'],
    ['forbids', answering('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'), 'denied'],
    ['does not know the page', answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'), 'absent'],
    ['fails', answering('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'), 'http-error'],
  ])('to a server that %s', async (_what, behaviour, reason) => {
    const timeoutMs = reason === 'read-timeout' ? 300 : 5000;
    const { fresh, counters } = await ask(targetAt(await serve(behaviour)), timeoutMs);
    expect(fresh).toMatchObject({ ok: false, reason });
    expect(counters).toBeNull();
  });

  it('to a port without a listener is refused', async () => {
    const { fresh } = await ask(targetAt(`http://127.0.0.1:${await freePort()}/s`));
    expect(fresh).toMatchObject({ ok: false, reason: 'refused' });
  });

  it('to a unix socket that is not there is absent', async () => {
    const { fresh } = await ask(targetAt('http+unix:///nowhere/x.sock:/s'));
    expect(fresh).toMatchObject({ ok: false, reason: 'absent' });
  });

  it('sends the PROXY line first where the listener demands it', async () => {
    let first = '';
    const url = await serve((socket) => {
      socket.once('data', (bytes) => {
        first = bytes.toString();
        socket.write(OK);
      });
    });
    const proxied = settings({ listens: [listen(new URL(url).host, { proxyProtocol: true })] });
    const { fresh } = await ask(targetAt(url, { settings: proxied }));
    expect(fresh.ok).toBe(true);
    expect(first).toMatch(/^PROXY UNKNOWN\r\nGET \/s HTTP\/1\.1\r\n/);
  });
});

describe('the armed connection', () => {
  it('is there from the second look on, and our own connections are taken out', async () => {
    const url = await serve(answering(OK));
    const first = await ask(targetAt(url));
    expect(first.armed).toBeNull();
    expect(first.counters).toMatchObject({ active: 6, reading: 2, writing: 2, waiting: 2 });
    await eventually(async () => (sockets.size > 0 ? true : null));
    const second = await ask(targetAt(url));
    expect(second.armed).toMatchObject({ ok: true, counters: { active: 7, accepts: 100, handled: 98, requests: 400 } });
    expect(second.counters).toEqual({
      active: 6,
      accepts: 100,
      handled: 98,
      requests: 400,
      reading: 2,
      writing: 2,
      waiting: 2,
    });
  });

  it('ends a request and begins the next one in one segment', async () => {
    const segments: string[] = [];
    const url = await serve((socket) => {
      socket.on('data', (bytes) => {
        segments.push(bytes.toString());
        if (bytes.toString().includes('\r\n\r\n')) socket.write(OK);
      });
    });
    await ask(targetAt(url));
    await eventually(async () => (segments.some((text) => /gapwatch\r\n$/.test(text)) ? true : null));
    segments.length = 0;
    await ask(targetAt(url));
    expect(segments[0]).toMatch(/^\r\nGET \/s HTTP\/1\.1\r\nHost: \S+\r\nUser-Agent: gapwatch\r\n$/);
  });

  it('is no evidence when the server closed it right after an answer, and is made anew', async () => {
    const url = await serve(answering(OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')));
    await ask(targetAt(url));
    await eventually(async () => (sockets.size > 0 ? true : null));
    expect((await ask(targetAt(url))).armed?.ok).toBe(true);
    expect((await ask(targetAt(url))).armed?.ok).toBe(true);
  });

  it('is no evidence when it ends right after an answer, as with a worker that shuts down', async () => {
    const accepted: Socket[] = [];
    const url = await serve((socket) => {
      accepted.push(socket);
      answering(OK)(socket);
    });
    await ask(targetAt(url));
    const armed = await eventually(async () => accepted[1] ?? null);
    expect((await ask(targetAt(url))).armed?.ok).toBe(true);
    armed.end();
    await eventually(async () => (sockets.has(armed) ? null : true));
    expect((await ask(targetAt(url))).armed).toBeNull();
  });

  it('reports a reset while it waited, but not the end of client_header_timeout', async () => {
    const accepted: Socket[] = [];
    const url = await serve((socket) => {
      accepted.push(socket);
      answering(OK)(socket);
    });
    /** The armed connection is opened after each fresh one. */
    const loseArmed = async (connections: number) => {
      const socket = await eventually(async () => (accepted.length === connections ? (accepted.at(-1) ?? null) : null));
      socket.end();
      await eventually(async () => (sockets.has(socket) ? null : true));
    };
    await ask(targetAt(url));
    await loseArmed(2);
    expect((await ask(targetAt(url))).armed).toMatchObject({ ok: false, reason: 'reset' });
    await loseArmed(4);
    const shortTimeout = settings({ clientHeaderTimeoutMs: { value: 1, place: null } });
    expect((await ask(targetAt(url, { settings: shortTimeout }))).armed).toBeNull();
  });
});

describe('without a status page', () => {
  it('says that none is known', async () => {
    expect(await probe.run(targetAt(null), AbortSignal.timeout(100))).toMatchObject({ ok: false, reason: 'absent' });
  });

  it('says that the URL cannot be asked', async () => {
    const sample = await probe.run(targetAt('gopher://x'), AbortSignal.timeout(100));
    expect(sample).toMatchObject({ ok: false, reason: 'malformed' });
  });
});
