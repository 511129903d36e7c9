/**
 * Servers that answer a status request with more than a status page: every answer ends within its limit and deadline as
 * a failure with its reason, and the process that asks stays small. The servers are real sockets.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createHost } from '../../src/probe/host.ts';
import { createStubStatusProbe } from '../../src/probe/probes/stub-status.ts';

const PAGE =
  'Active connections: 7 \nserver accepts handled requests\n 100 98 400 \nReading: 2 Writing: 3 Waiting: 2 \n';
const OK = `HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const PIECE = Buffer.alloc(65_536, 'x');

const servers: Server[] = [];
const sockets = new Set<Socket>();
const folder = mkdtempSync(join(tmpdir(), 'gapwatch-page-'));
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as { port: number }).port;
}

async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  return `http://127.0.0.1:${await listening(server)}/s`;
}

/** Says `head` once, then `piece` for as long as it is taken. */
const flooding =
  (head: string, piece: string | Buffer = PIECE) =>
  (socket: Socket): void => {
    const more = (): void => {
      for (;;) if (!socket.writable || !socket.write(piece)) return;
    };
    socket.once('data', () => {
      socket.write(head);
      socket.on('drain', more);
      more();
    });
  };

const saying =
  (text: string | Buffer) =>
  (socket: Socket): void =>
    void socket.once('data', () => socket.write(text));

const dripping = (socket: Socket): void => {
  const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), 20);
  socket.on('close', () => clearInterval(drip));
  socket.once('data', () => socket.write(HEAD));
};

async function freshAttempt(url: string, timeoutMs: number) {
  const probe = createStubStatusProbe(createHost());
  try {
    const sample = await probe.run(
      { masterPid: null, settings: null, statusUrl: url, statusHostHeader: null },
      AbortSignal.timeout(timeoutMs),
    );
    return sample.ok ? sample.data.fresh : sample;
  } finally {
    probe.close?.();
  }
}

describe('an answer', () => {
  it.each([
    ['with a header that never ends', flooding(`${HEAD}X: `), /longer than 65536 bytes/],
    ['with headers that never end', flooding(HEAD, 'X: y\r\n'.repeat(1000)), /longer than 65536 bytes/],
    ['with a body that never ends', flooding(`${HEAD}\r\n`), /longer than 65536 bytes/],
    [
      'of chunks that never end',
      flooding(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'.repeat(1000)),
      /longer/,
    ],
    [
      'of one chunk of 4 GB',
      flooding(`${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`),
      /a chunk is 4294967295 bytes/,
    ],
    [
      'of chunk extensions without end',
      flooding(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1;`),
      /longer than 65536 bytes/,
    ],
    ['of 999999999 bytes', saying(`${HEAD}Content-Length: 999999999\r\n\r\n`), /says that it is 999999999 bytes/],
    ['of less than no bytes', saying(`${HEAD}Content-Length: -1\r\n\r\nx`), /not HTTP/],
    ['of two lengths', saying(`${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`), /not HTTP/],
    ['of a chunk with a wrong size', saying(`${HEAD}Transfer-Encoding: chunked\r\n\r\n-6\r\nhello\r\n`), /not HTTP/],
    ['of a chunk longer than its size', saying(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n`), /not HTTP/],
    ['in another coding', saying(`${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n`), /unknown Transfer-Encoding/],
    [
      'of interim answers without end',
      flooding('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)),
      /longer than 65536 bytes/,
    ],
    [
      'of gzip',
      saying(
        Buffer.concat([
          Buffer.from(`${HEAD}Content-Encoding: gzip\r\nContent-Length: ${gzipSync(PAGE).length}\r\n\r\n`),
          gzipSync(PAGE),
        ]),
      ),
      /not a status page: "\?/,
    ],
    ['that is no HTTP', flooding('SSH-2.0-'), /not HTTP/],
  ])('%s is malformed', async (_name, behaviour, detail) => {
    const attempt = await freshAttempt(await serve(behaviour), 5000);
    expect(attempt).toMatchObject({ ok: false, reason: 'malformed', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(attempt)).not.toMatch(/[^\x20-\x7e]/);
  });

  it('that comes one header at a time ends at the deadline, and is no silence', async () => {
    const attempt = await freshAttempt(await serve(dripping), 300);
    expect(attempt).toMatchObject({
      ok: false,
      reason: 'timeout',
      detail: expect.stringMatching(/\d+ bytes of it came/),
    });
  });

  it('behind interim ones is the page', async () => {
    const attempt = await freshAttempt(await serve(saying(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`)), 5000);
    expect(attempt).toMatchObject({ ok: true, counters: { active: 7 } });
  });

  it('that leads elsewhere is not followed', async () => {
    let asked = 0;
    const elsewhere = await serve(() => {
      asked += 1;
    });
    const url = await serve(saying(`HTTP/1.1 302 Found\r\nLocation: ${elsewhere}\r\nContent-Length: 0\r\n\r\n`));
    expect(await freshAttempt(url, 5000)).toMatchObject({ ok: false, reason: 'http-error', detail: 'HTTP 302' });
    expect(asked).toBe(0);
  });

  it('behind a TLS handshake that hangs ends at the deadline', async () => {
    const url = (await serve(() => {})).replace('http:', 'https:');
    expect(await freshAttempt(url, 300)).toMatchObject({ ok: false, reason: 'read-timeout' });
  });

  it('of plain text where TLS is expected is malformed', async () => {
    const url = (await serve((socket) => void socket.write(OK))).replace('http:', 'https:');
    expect(await freshAttempt(url, 5000)).toMatchObject({ ok: false, reason: 'malformed' });
  });
});

/** Asks that page again and again in a process of its own; answers with its peak memory. */
async function asked(url: string, rounds: number): Promise<{ readonly peakMiB: number }> {
  const root = resolve(import.meta.dirname, '../..');
  const script = `
    import { createHost } from '${root}/dist/probe/host.js';
    import { createStubStatusProbe } from '${root}/dist/probe/probes/stub-status.js';
    const probe = createStubStatusProbe(createHost());
    const target = { masterPid: null, settings: null, statusUrl: ${JSON.stringify(url)}, statusHostHeader: null };
    for (let round = 0; round < ${rounds}; round++) {
      await probe.run(target, AbortSignal.timeout(1000));
      await new Promise((next) => setTimeout(next, 250));
    }
    console.log(JSON.stringify({ peakMiB: process.resourceUsage().maxRSS / 1024 }));
    probe.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const bytes of child.stdout) said += bytes;
  return JSON.parse(said);
}

const certificate = (): { readonly key: string; readonly cert: string } => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
};

describe('the process that asks', () => {
  it('stays small beside a body that never ends, and beside one that goes on unasked', async () => {
    const endless = await asked(await serve(flooding(`${HEAD}\r\n`)), 12);
    const unasked = await asked(await serve(flooding(OK)), 12);
    expect(Math.max(endless.peakMiB, unasked.peakMiB)).toBeLessThan(150);
  }, 60_000);

  it('stays small beside a server that speaks without being asked at all', async () => {
    const url = await serve((socket) => {
      const more = (): void => {
        for (;;) if (!socket.writable || !socket.write(PIECE)) return;
      };
      socket.on('drain', more);
      more();
    });
    expect((await asked(url, 12)).peakMiB).toBeLessThan(150);
  }, 60_000);

  it('stays small beside a TLS server that never ends', async () => {
    const server = createTlsServer(certificate(), (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      flooding(OK)(socket);
    });
    const url = `https://127.0.0.1:${await listening(server)}/s`;
    expect((await asked(url, 12)).peakMiB).toBeLessThan(150);
  }, 60_000);
});
