import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { type DiscoveryHost, systemHost } from '../../src/discovery/host.ts';
import { parseStubStatus } from '../../src/nginx/stub-status.ts';
import { asNobody } from '../support/as-nobody.ts';
import { type Ground, NGINX, PrivateNginx } from '../support/private-nginx.ts';

const running: PrivateNginx[] = [];
afterEach(async () => {
  for (const nginx of running.splice(0)) await nginx.stop();
});

async function start(...args: Parameters<typeof PrivateNginx.start>): Promise<PrivateNginx> {
  const nginx = await PrivateNginx.start(...args);
  running.push(nginx);
  return nginx;
}

/** This machine with no other processes than these: other tests may run an nginx meanwhile. */
function only(...nginxes: readonly PrivateNginx[]): DiscoveryHost {
  const host = systemHost();
  const pids = nginxes.map(({ pid }) => String(pid));
  return {
    ...host,
    list: (path) => (path === '/proc' ? { names: pids } : host.list(path)),
    read: (path) => (path === '/run/nginx.pid' ? { failure: '' } : host.read(path)),
  };
}

const simple =
  (inServer = 'location = /status { stub_status; }', listen = '') =>
  ({ port, folder }: Ground) =>
    `
worker_processes 2;
error_log logs/error.log notice;
events { worker_connections 128; }
http {
  access_log logs/access.log;
  server { listen ${listen === '' ? `127.0.0.1:${port}` : listen.replace('FOLDER', folder)}; ${inServer} }
}`;

function get(options: { readonly socketPath: string; readonly path: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}

describe('one running nginx', () => {
  it('is found with its settings, logs and a page that answers', async () => {
    const nginx = await start(simple());
    const found = await discover({}, only(nginx));
    expect(found.nginx).toMatchObject({
      masterPid: nginx.pid,
      prefix: `${nginx.folder}/`,
      configFile: nginx.path('nginx.conf'),
      root: '',
    });
    expect(found.settings).toMatchObject({
      origin: 'live',
      workerCount: 2,
      workerConnections: { value: 128, place: { file: nginx.path('nginx.conf'), line: 4 } },
      pidFile: nginx.path('logs/nginx.pid'),
    });
    expect(found.settings?.version).toMatch(/^1\.\d+\.\d+$/);
    expect(found.errorLogs).toEqual([nginx.path('logs/error.log')]);
    expect(found.accessLogs.map(({ path }) => path)).toEqual([nginx.path('logs/access.log')]);
    expect([found.notes, found.notObservable]).toEqual([[], []]);
    const page = await (await fetch(found.status?.url ?? '')).text();
    expect(parseStubStatus(page)?.accepts).toBeGreaterThan(0);
  });

  it('is reached through a unix socket', async () => {
    const nginx = await start(simple('location = /status { stub_status; }', 'unix:FOLDER/status.sock'));
    const { status } = await discover({}, only(nginx));
    expect(status).toEqual({ url: `http+unix://${nginx.path('status.sock')}:/status`, hostHeader: null });
    expect(parseStubStatus(await get({ socketPath: nginx.path('status.sock'), path: '/status' }))).not.toBeNull();
  });

  it('that keeps us out of its page says which rule to change', async () => {
    const nginx = await start(simple('location = /status { stub_status; allow 10.0.0.1; deny all; }'));
    const { status, notObservable } = await discover({}, only(nginx));
    expect((await fetch(status?.url ?? '')).status).toBe(403);
    expect(notObservable).toEqual([
      {
        what: 'stub_status',
        because: `http://127.0.0.1:${nginx.port}/status denies this host (allow and deny at ${nginx.path('nginx.conf')}:7)`,
        remedy: `add \`allow 127.0.0.1;\` before the deny in ${nginx.path('nginx.conf')}, then nginx -s reload`,
      },
    ]);
  });

  it('without a page says the very block to add, and that block works', async () => {
    const nginx = await start(simple('location / { return 204; }'));
    const { notObservable } = await discover({}, only(nginx));
    const [first] = notObservable;
    expect(first).toMatchObject({ what: 'stub_status', because: 'no location of this configuration has it' });
    const block = first?.remedy.split('\n').slice(1).join('\n') ?? '';
    // On a separate address instead of a fixed port, which another test may hold.
    const page = (port: number) => block.replace('127.0.0.1:8090', `127.0.0.2:${port}`);
    const mended = await start((ground) =>
      simple(`location / { return 204; } } ${page(ground.port).slice(0, -1)}`)(ground),
    );
    const again = await discover({}, only(mended));
    expect(again.notObservable).toEqual([]);
    expect(again.settings?.statusPages[0]?.ownListener).toBe(true);
  });

  it('in single-process mode is found by its command line', async () => {
    const nginx = await start((ground) => `master_process off;${simple()(ground)}`);
    const found = await discover({}, only(nginx));
    expect(found.nginx?.masterPid).toBe(nginx.pid);
    expect(found.settings?.masterProcess).toBe(false);
  });

  it('that has ended is still the one watched: its files, logs and page, not those of the distribution', async () => {
    const nginx = await start(simple());
    const before = await discover({}, only(nginx));
    const after = await discover({}, only(), before.nginx);
    expect(after.nginx).toBeNull();
    expect(after.status).toEqual(before.status);
    expect(after.errorLogs).toEqual(before.errorLogs);
    expect(after.accessLogs).toEqual(before.accessLogs);
    expect(after.settings?.workerConnections.value).toBe(128);
  });

  it('whose binary is gone is still read, through /proc', async () => {
    const copy = ({ folder }: Ground) => {
      // nginx writes its pid file before its title: until then the name of the binary identifies it.
      mkdirSync(`${folder}/copy`);
      copyFileSync(NGINX, `${folder}/copy/nginx`);
      return `${folder}/copy/nginx`;
    };
    const nginx = await start(simple(), { binary: copy });
    rmSync(nginx.path('copy/nginx'));
    const found = await discover({}, only(nginx));
    expect(existsSync(nginx.path('copy/nginx'))).toBe(false);
    expect(found.settings?.origin).toBe('live');
    expect(found.notes).toEqual([
      `The binary of the running nginx (${nginx.path('copy/nginx')}) was replaced or removed since it started.`,
    ]);
  });

  it('with a file that no longer parses keeps its settings from the files, and names file and line', async () => {
    const nginx = await start(simple());
    const file = nginx.path('nginx.conf');
    writeFileSync(file, `${simple()(nginx)}\n}\n`);
    const later = new Date(Date.now() + 60_000);
    utimesSync(file, later, later);
    const found = await discover({}, only(nginx));
    expect(found.settings).toMatchObject({ origin: 'files', workerConnections: { value: 128 } });
    expect(found.notObservable).toEqual([
      {
        what: 'the configuration that a reload would load',
        because: `${file}:9: unexpected "}"`,
        remedy: `correct ${file}:9, then check with nginx -t; the running nginx keeps what it loaded before`,
      },
    ]);
    expect(found.notes).toEqual([
      `${file} changed after nginx last loaded its configuration: the settings shown come into force at the next reload.`,
    ]);
  });
});

describe('two running nginx', () => {
  it('are distinguished by age, pid file and configuration', async () => {
    const first = await start(simple());
    const second = await start(simple());
    const host = only(second, first);
    const oldest = await discover({}, host);
    expect(oldest.nginx?.masterPid).toBe(first.pid);
    expect(oldest.notes[0]).toMatch(
      /^2 nginx masters run \(pid \d+ .*To watch another, set nginx\.pidFile or nginx\.config in gapwatch\.yml\.$/,
    );
    const byPid = await discover({ pidFile: second.path('logs/nginx.pid') }, host);
    const byConfig = await discover({ config: second.path('nginx.conf') }, host);
    for (const found of [byPid, byConfig]) {
      expect(found.nginx?.masterPid).toBe(second.pid);
      expect(found.errorLogs).toEqual([second.path('logs/error.log')]);
      expect(found.notes).toEqual([]);
    }
  });
});

describe('what overrides say', () => {
  it('wins over what would be found', async () => {
    const nginx = await start(simple());
    const found = await discover(
      { stubStatusUrl: 'http://10.0.0.1/s', errorLogs: ['/e.log'], accessLogs: [{ path: '/a.log', escape: 'json' }] },
      only(nginx),
    );
    expect(found).toMatchObject({
      status: { url: 'http://10.0.0.1/s', hostHeader: null },
      errorLogs: ['/e.log'],
      accessLogs: [{ path: '/a.log', escape: 'json' }],
    });
    expect(found.accessLogs[0]?.format).toContain('$remote_addr - $remote_user');
  });

  it('names a binary that does not exist, and the files are read instead', async () => {
    const nginx = await start(simple());
    const found = await discover({ binary: '/nowhere/nginx' }, only(nginx));
    expect(found.settings).toMatchObject({ origin: 'files', workerConnections: { value: 128 } });
    expect(found.notObservable[0]).toMatchObject({
      because: expect.stringContaining('No such file or directory'),
      remedy: expect.stringContaining('nginx.binary'),
    });
  });
});

/** In a separate process, as another user where we are root, who could read everything. */
async function discoverAsNobody(nginx: PrivateNginx): Promise<{ origin: string; because: readonly string[] }> {
  const nobody = asNobody();
  const script = `
    import { discover } from ${JSON.stringify(`${nobody.root}/src/discovery/discover.ts`)};
    import { systemHost } from ${JSON.stringify(`${nobody.root}/src/discovery/host.ts`)};
    const found = await discover({ pidFile: ${JSON.stringify(nginx.path('logs/nginx.pid'))} }, systemHost());
    console.log(JSON.stringify({ origin: found.settings?.origin, because: found.notObservable.map((one) => one.because) }));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const [file, ...args] = nobody.words(node);
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd: new URL('../../..', import.meta.url) });
    return JSON.parse(stdout);
  } finally {
    nobody.remove();
  }
}

it('as another user is read in full, and what is missing is said', async () => {
  const nginx = await start(simple());
  chmodSync(nginx.path('logs/error.log'), 0);
  const found = await discoverAsNobody(nginx);
  expect(found.origin).toBe('live');
  expect(found.because).toEqual([expect.stringMatching(/^Permission denied for user id \d+$/)]);
});
