/** A status page is asked only where nginx itself listens, and no word of a configuration becomes a line of a request. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { mayAskAt, mayAskListener } from '../../src/discovery/trust.ts';
import { createHost } from '../../src/probe/host.ts';
import { createStubStatusProbe } from '../../src/probe/probes/stub-status.ts';
import { PrivateNginx } from '../support/private-nginx.ts';
import { CHANGE_ROOT, compile, startReady } from './support/c-program.ts';

let nginx: PrivateNginx | null = null;
let server: Server | null = null;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-page-'));
});
afterEach(async () => {
  await nginx?.stop();
  server?.close();
  [nginx, server] = [null, null];
  rmSync(folder, { recursive: true, force: true });
});

const deadline = (): AbortSignal => AbortSignal.timeout(5000);

/** What reached the server, which answers with a page that looks healthy. */
async function impostor(where: { path: string } | { port: number; host: string }): Promise<() => string> {
  let heard = '';
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes;
      const page =
        'Active connections: 1 \nserver accepts handled requests\n 9 9 9 \nReading: 0 Writing: 1 Waiting: 0 \n';
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${page.length}\r\n\r\n${page}`);
    });
  });
  await new Promise<void>((resolve) => server?.listen(where, resolve));
  return () => heard;
}

const PAGE = 'location = /status { stub_status; }';
const config = (listen: string, name = '') => `
events {}
http { access_log off; server { listen ${listen}; ${name} ${PAGE} } }`;

async function ask(found: Awaited<ReturnType<typeof discover>>, masterPid: number | null) {
  const host = createHost();
  const probe = createStubStatusProbe(host);
  try {
    const { settings, status } = found;
    return await probe.run(
      {
        masterPid,
        settings,
        statusUrl: status?.url ?? null,
        statusHostHeader: status?.hostHeader ?? null,
        mayAsk: (address, signal) => mayAskListener(host, { masterPid, settings }, address, signal),
      },
      deadline(),
    );
  } finally {
    probe.close?.();
  }
}

const discoverIt = (it: PrivateNginx) => discover({ pidFile: it.path('logs/nginx.pid') }, systemHost());

describe('the listener of a page', () => {
  it('is nginx’s own: the page is asked', async () => {
    nginx = await PrivateNginx.start(({ port }) => config(`127.0.0.1:${port}`));
    const sample = await ask(await discoverIt(nginx), nginx.pid);
    expect(sample).toMatchObject({ ok: true, data: { fresh: { ok: true } } });
  });

  it('is nginx’s own when it listens on every address', async () => {
    nginx = await PrivateNginx.start(({ port }) => config(`${port}`));
    expect(await ask(await discoverIt(nginx), nginx.pid)).toMatchObject({ ok: true, data: { fresh: { ok: true } } });
  });

  it('belongs to another process once nginx has stopped: it hears nothing', async () => {
    nginx = await PrivateNginx.start(({ port }) => config(`127.0.0.1:${port}`));
    const found = await discoverIt(nginx);
    const { port, pid } = nginx;
    await nginx.stop();
    nginx = null;
    const heard = await impostor({ port, host: '127.0.0.1' });
    const gone = await ask(found, null);
    expect(gone).toMatchObject({ ok: false, reason: 'absent' });
    expect('detail' in gone ? gone.detail : '').toBe(`127.0.0.1:${port} belongs to another process, and no nginx runs`);
    expect((await ask(found, pid)).ok).toBe(false);
    expect(heard()).toBe('');
  });

  it('is one that nginx was never given, although its configuration names it', async () => {
    const heard = await impostor({ path: join(folder, 'other.sock') });
    nginx = await PrivateNginx.start(({ port }) => config(`127.0.0.1:${port}`));
    const found = await discoverIt(nginx);
    const url = `http+unix://${join(folder, 'other.sock')}:/status`;
    const sample = await ask({ ...found, status: { url, hostHeader: null } }, nginx.pid);
    expect(sample).toMatchObject({ ok: false, reason: 'absent' });
    expect(heard()).toBe('');
  });
});

describe('words of a configuration', () => {
  it.each([
    ['a\r\n\r\nPOST /admin HTTP/1.1\r\nHost: x', 'http://127.0.0.1:80/s'],
    ['a b', 'http://127.0.0.1:80/s'],
    ['', 'http://127.0.0.1:80/s'],
    ['é', 'http://127.0.0.1:80/s'],
    [null, 'http://127.0.0.1:80/s\r\nX: y'],
    [null, 'http://127.0.0.1:80/s HTTP/1.1'],
    [null, 'http://127.0.0.1:80/\u0000'],
    [null, 'http+unix:///run/a\nb.sock:/s'],
    [null, `http+unix:///${'x'.repeat(200)}:/s`],
    [null, 'http+unix:///run/a.sock:/s\tx'],
    [null, 'http://user@host:80/s'],
  ])('%j at %j make no request', (hostHeader, url) => {
    expect(mayAskAt({ url, hostHeader })).toMatchObject({ allowed: false, reason: expect.stringMatching(/^its /) });
  });

  it('that are plain make one', async () => {
    for (const url of ['http://127.0.0.1:8080/nginx_status', 'https://[::1]:443/', 'http+unix:///run/s.sock:/s?x=1'])
      expect(mayAskAt({ url, hostHeader: 'status.example.org' }).allowed).toBe(true);
  });

  it('do not reach a root-only socket by way of server_name', async () => {
    nginx = await PrivateNginx.start(({ folder: own, port }) => {
      const listen = `unix:${own}/page.sock`;
      return `
events {}
http {
  access_log off;
  server_names_hash_bucket_size 256;
  server { listen ${listen}; listen 127.0.0.1:${port}; server_name first; }
  server { listen ${listen}; server_name "x\r\n\r\nPOST /exec HTTP/1.1\r\nHost: y\r\nContent-Length: 0\r\n\r\n"; ${PAGE} }
}`;
    });
    const found = await discoverIt(nginx);
    expect(found.status).toBeNull();
    expect(found.notObservable).toContainEqual(
      expect.objectContaining({
        what: 'stub_status',
        because: expect.stringContaining('its server_name is no host name'),
      }),
    );
  });
});

// Only root may change the root of a process, and only root opens another user's /proc/PID/root.
describe.runIf(process.getuid?.() === 0)('a socket in a container', () => {
  async function connects(path: string): Promise<boolean> {
    const socket = createHost().connect({ kind: 'unix', path, tls: false });
    const done = await new Promise<boolean>((resolve) => {
      socket.on('error', () => resolve(false)).on('connect', () => resolve(true));
    });
    socket.destroy();
    return done;
  }

  it('is never one of the host, whatever its links say', async () => {
    const rootfs = join(folder, 'rootfs');
    mkdirSync(join(rootfs, 'run'), { recursive: true });
    symlinkSync(join(folder, 'docker.sock'), join(rootfs, 'run/absolute.sock'));
    symlinkSync('../../docker.sock', join(rootfs, 'run/relative.sock'));
    symlinkSync('own.sock', join(rootfs, 'run/page.sock'));
    const child = await startReady([compile(folder, 'change-root', CHANGE_ROOT), rootfs]);
    try {
      const heard = await impostor({ path: join(folder, 'docker.sock') });
      const root = `/proc/${child.pid}/root`;
      expect(await connects(`${root}/run/absolute.sock`)).toBe(false);
      expect(await connects(`${root}/run/relative.sock`)).toBe(false);
      expect(heard()).toBe('');
      server?.close();
      await impostor({ path: join(rootfs, 'run/own.sock') });
      expect(await connects(`${root}/run/page.sock`)).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
