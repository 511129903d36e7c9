/**
 * Which logs of a configuration are followed. nginx opens each as root: whoever can write one file of a configuration
 * must not read root's files through gapwatch, and the usual layouts of hosts must all be followed. Root only.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { PrivateNginx } from '../support/private-nginx.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const NOBODY = 65_534;
const OTHER = 65_533;
/** What a log line looks like, so that it would be shown. */
const SECRET = 'hunter2-of-root';
const LINE = `2026/01/01 00:00:00 [error] 7#7: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.9, server: ${SECRET}, request: "GET /${SECRET} HTTP/1.1", upstream: "http://10.0.0.5:80/", host: "a"\n`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-logs-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);

/** A file or, with a trailing slash, a folder. */
function make(path: string, mode: number, owner = 0, group = owner, text = ''): string {
  const made = at(path);
  mkdirSync(path.endsWith('/') ? made : dirname(made), { recursive: true });
  if (!path.endsWith('/')) writeFileSync(made, text);
  chownSync(made, owner, group);
  chmodSync(made, mode);
  return made;
}

/** `nginx.conf` of root, with one file of a site; `mode`, `owner` and `group` are those of the latter. */
function configure(site: string, mode = 0o644, owner = NOBODY, group = owner): string {
  mkdirSync(at('log/nginx'), { recursive: true });
  make('etc/site.conf', mode, owner, group, site);
  const main = `error_log ${at('log/nginx/error.log')}; events {} http { access_log off; include site.conf; }`;
  return make('etc/nginx.conf', 0o644, 0, 0, main);
}

const found = (config: string) => discover({ config, pidFile: '/nowhere' }, systemHost());

describe.runIf(process.getuid?.() === 0)('a configuration file that another user can write', () => {
  it.each([
    ['a file of root', 'root/secret', 'root/secret'],
    ['a way round', 'log/nginx/../../root/secret', 'log/nginx/../../root/secret'],
    ['a link of root', 'log/link', 'log/link'],
    ['a pattern', 'root/secre?', 'root/secre?'],
    ['another folder of logs', 'log/auth.log', 'log/auth.log'],
    ['a private file beside a public one', 'root/open/../secret', 'root/open/../secret'],
    ['a file that does not exist yet', 'root/later', 'root/later'],
  ])('names %s: it is not followed, and that is said', async (_what, path, shown) => {
    make('root/secret', 0o600, 0, 0, LINE);
    make('root/open/', 0o755);
    make('log/auth.log', 0o640, 0, 4, LINE);
    make('log/nginx/error.log', 0o640, OTHER, 4);
    symlinkSync(at('root/secret'), at('log/link'));
    const site = `server { error_log ${at('')}${path}; access_log ${at('')}${path}; }`;
    const { errorLogs, accessLogs, notObservable } = await found(configure(site));
    expect(errorLogs).toEqual([at('log/nginx/error.log')]);
    expect(accessLogs).toEqual([]);
    const spots = notObservable.filter(({ what }) => what.endsWith(`${at('')}${shown}`));
    expect(spots.length).toBeGreaterThan(0);
    for (const { because, remedy } of spots) {
      expect(because).toMatch(/^uid 65534 can change .*site\.conf, which names it|one of the characters/);
      expect(remedy).toMatch(/nginx\.errorLogs|nginx\.accessLogs/);
    }
  });

  it.each([
    ['everybody', 0o646, 0, 0, /^everybody can change/],
    ['a group', 0o664, 0, OTHER, /^gid 65533 can change/],
  ])('may be written by %s, which is no better', async (_who, mode, owner, group, because) => {
    make('log/nginx/error.log', 0o640);
    make('root/secret.log', 0o600, 0, 0, LINE);
    const seen = await found(configure(`server { error_log ${at('root/secret.log')}; }`, mode, owner, group));
    expect(seen.errorLogs).toEqual([at('log/nginx/error.log')]);
    expect(seen.notObservable.map((one) => one.because)).toContainEqual(expect.stringMatching(because));
  });

  it('gets nothing of root’s file out of the commands while root’s nginx runs with it', async () => {
    const secret = make('root/secret.log', 0o600, 0, 0, LINE);
    make('root/', 0o700);
    const site = make('site.conf', 0o644, NOBODY, NOBODY, `error_log ${secret}; access_log ${secret};`);
    const nginx = await PrivateNginx.start(
      ({ port }) => `
error_log logs/error.log;
events { worker_connections 64; }
http { include ${site}; server { listen 127.0.0.1:${port}; location = /status { stub_status; } } }`,
    );
    try {
      chmodSync(nginx.folder, 0o755);
      const config = make('gapwatch.yml', 0o600, 0, 0, `nginx: { pidFile: ${nginx.path('logs/nginx.pid')} }\n`);
      const bundle = at('bundle');
      for (const args of [
        ['doctor', '--json'],
        ['status'],
        ['diagnose', '--for', '1s', '--json'],
        ['bundle', '--output', bundle],
      ]) {
        const { stdout, stderr } = spawnSync(process.execPath, [BINARY, ...args, '-c', config], { encoding: 'utf8' });
        expect(stdout + stderr).not.toContain(SECRET);
        if (args[0] === 'doctor') expect(stdout).toContain('uid 65534 can change');
      }
      const left = execFileSync('sh', ['-c', 'cat "$1"/* 2>/dev/null || zcat "$1"*', 'sh', bundle], {
        encoding: 'utf8',
      });
      expect(left.length).toBeGreaterThan(100);
      expect(left).not.toContain(SECRET);
    } finally {
      await nginx.stop();
    }
  }, 60_000);
});

describe.runIf(process.getuid?.() === 0)('logs of a usual layout are followed', () => {
  const layouts: Readonly<Record<string, () => { readonly config: string; readonly log: string }>> = {
    'www-data adm 0640, named by a file of root (Debian)': () => {
      const log = make('log/nginx/site.log', 0o640, OTHER, 4);
      return { log, config: configure(`server { error_log ${log}; }`, 0o644, 0) };
    },
    'in a folder of nginx 0700 (RHEL)': () => {
      make('log/nginx/', 0o700, OTHER);
      const log = make('log/nginx/site.log', 0o640, OTHER);
      return { log, config: configure(`server { error_log ${log}; }`, 0o644, 0) };
    },
    'in a folder of root:adm 0755, written by nginx’s worker': () => {
      make('log/nginx/', 0o755, 0, 4);
      const log = make('log/nginx/site.log', 0o600, OTHER, 4);
      return { log, config: configure(`server { error_log ${log}; }`, 0o644, 0) };
    },
    'www-data adm 0640 beside nginx’s own, named by a vhost file of the deploy user': () => {
      make('log/nginx/error.log', 0o640, OTHER, 4);
      const log = make('log/nginx/site.log', 0o640, OTHER, 4);
      return { log, config: configure(`server { error_log ${log}; }`) };
    },
    'beside nginx’s own, not yet made, named by a vhost file of the deploy user': () => {
      make('log/nginx/error.log', 0o640, OTHER, 4);
      return { log: at('log/nginx/site.log'), config: configure(`server { error_log ${at('log/nginx/site.log')}; }`) };
    },
    'beside a log that root names, in a folder of another name': () => {
      make('srv/www/main-error.log', 0o640, OTHER, 4);
      const log = make('srv/www/site-error.log', 0o640, OTHER, 4);
      const config = configure(`server { error_log ${log}; }`);
      const main = `error_log ${at('srv/www/main-error.log')}; events {} http { access_log off; include site.conf; }`;
      make('etc/nginx.conf', 0o644, 0, 0, main);
      return { log, config };
    },
    'of root 0644 in the deploy user’s folder': () => {
      make('home/logs/', 0o750, NOBODY);
      const log = make('home/logs/site.log', 0o644);
      return { log, config: configure(`server { error_log ${log}; }`) };
    },
    'of www-data 0640 in the deploy user’s folder, after logrotate': () => {
      make('home/logs/', 0o750, NOBODY, OTHER);
      const log = make('home/logs/error.log', 0o640, OTHER, 4);
      return { log, config: configure(`server { error_log ${log}; }`) };
    },
    'not yet made in the deploy user’s folder': () => {
      make('home/logs/', 0o750, NOBODY);
      return {
        log: at('home/logs/error.log'),
        config: configure(`server { error_log ${at('home/logs/error.log')}; }`),
      };
    },
    'of the deploy user 0600 with a vhost file that his own group may write': () => {
      make('home/', 0o700, NOBODY);
      const log = make('home/error.log', 0o600, NOBODY);
      return { log, config: configure(`server { error_log ${log}; }`, 0o664) };
    },
    'all of one user (NFS shows every owner as nobody)': () => {
      const log = make('log/nginx/site.log', 0o600, NOBODY);
      make('log/nginx/', 0o700, NOBODY);
      const config = configure(`server { error_log ${log}; }`);
      for (const path of ['etc/nginx.conf', 'etc/', 'log/', '']) chownSync(at(path), NOBODY, NOBODY);
      return { log, config };
    },
    'group readable, with a configuration folder root:nginx 0775': () => {
      const log = make('log/site/error.log', 0o640, 0, OTHER);
      const config = configure(`server { error_log ${log}; }`, 0o664, 0, OTHER);
      make('etc/', 0o775, 0, OTHER);
      return { log, config };
    },
    'public, with a configuration folder that everybody may write (a Kubernetes volume)': () => {
      const log = make('log/site/error.log', 0o644);
      const config = configure(`server { error_log ${log}; }`, 0o644, 0);
      make('etc/', 0o777);
      return { log, config };
    },
    'private, with a configuration that everybody may write in a folder that only root may enter': () => {
      const log = make('log/site/error.log', 0o600);
      const config = configure(`server { error_log ${log}; }`, 0o666, 0);
      make('etc/', 0o700);
      return { log, config };
    },
    'named by a file of root and by one of the deploy user': () => {
      const log = make('srv/private.log', 0o600);
      const config = configure(`server { error_log ${log}; }`);
      make('etc/nginx.conf', 0o644, 0, 0, `events {} error_log ${log}; http { access_log off; include site.conf; }`);
      return { log, config };
    },
  };
  it.each(Object.keys(layouts))('%s', async (name) => {
    const { config, log } = layouts[name]?.() ?? { config: '', log: '' };
    const { errorLogs, notObservable } = await found(config);
    expect(notObservable.filter(({ what }) => what.startsWith('the log'))).toEqual([]);
    expect(errorLogs).toContain(log);
  });
});
