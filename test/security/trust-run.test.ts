/** nginx is run only on request, and only when no other user could have changed anything of it. The cases need root. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crossCheck } from '../../src/discovery/cross-check.ts';
import type { Discovery } from '../../src/discovery/discover.ts';
import { systemHost } from '../../src/discovery/host.ts';
import { readConfig } from '../../src/discovery/read-config.ts';
import { NGINX } from '../support/private-nginx.ts';

const NOBODY = 65534;
// Not below /tmp, which every user can write.
const GROUND = '/run';
let folder = '';
const path = (...names: string[]): string => join(folder, ...names);

function check(binary: string, standing: 'host' | 'container' | 'stranger' = 'host') {
  const options = { config: path('etc/nginx.conf'), prefix: folder, errorLog: null, globals: null };
  const read = readConfig(systemHost(), { executable: NGINX, options, root: '' });
  const nginx = {
    masterPid: 1,
    binary,
    version: null,
    prefix: read.prefix,
    configFile: read.configFile,
    pidFile: null,
    root: '',
    standing,
    trustedBecause: '',
  };
  return crossCheck(systemHost(), { nginx, tree: read.tree } as unknown as Discovery);
}

describe.runIf(process.getuid?.() === 0)('nginx -T', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(GROUND, 'gapwatch-run-'));
    chmodSync(folder, 0o755);
    mkdirSync(path('etc/conf.d'), { recursive: true });
    mkdirSync(path('logs'));
    const lines = [
      `error_log ${folder}/logs/error.log;`,
      `pid ${folder}/nginx.pid;`,
      'events {}',
      'http { access_log off; include conf.d/*.conf; }',
    ];
    writeFileSync(path('etc/nginx.conf'), lines.join('\n'));
    writeFileSync(path('etc/conf.d/a.conf'), 'keepalive_timeout 5s;');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('prints what was read when root alone controls it', async () => {
    expect(await check(NGINX)).toEqual({ outcome: 'same', detail: 'nginx -T prints the 2 files as they were read.' });
  });

  it.each<readonly [name: string, spoil: () => void, reason: RegExp]>([
    ['the main file', () => chownSync(path('etc/nginx.conf'), NOBODY, NOBODY), /nginx\.conf is owned by uid 65534/],
    ['an included file', () => chmodSync(path('etc/conf.d/a.conf'), 0o666), /a\.conf can be written by everybody/],
    ['a folder of includes', () => chmodSync(path('etc/conf.d'), 0o775), /conf\.d can be written by gid 0/],
    [
      'a folder of includes without a file',
      () => {
        rmSync(path('etc/conf.d/a.conf'));
        chownSync(path('etc/conf.d'), NOBODY, NOBODY);
      },
      /conf\.d is owned by uid 65534/,
    ],
    [
      'the folder of a log, where a link would have root make a file anywhere',
      () => chownSync(path('logs'), NOBODY, NOBODY),
      /logs is owned by uid 65534/,
    ],
    [
      'the folder of a temporary folder, whose owner would be changed',
      () => {
        mkdirSync(path('theirs'));
        chownSync(path('theirs'), NOBODY, NOBODY);
        writeFileSync(path('etc/conf.d/a.conf'), `client_body_temp_path ${folder}/theirs/link/body;`);
      },
      /theirs is owned by uid 65534/,
    ],
    [
      'a script of a module',
      () => {
        mkdirSync(path('lib'));
        writeFileSync(path('lib/a.pm'), '');
        chownSync(path('lib'), NOBODY, NOBODY);
        writeFileSync(path('etc/conf.d/a.conf'), 'perl_modules lib; perl_require lib/a.pm;');
      },
      /lib is owned by uid 65534/,
    ],
    [
      'the folder of a unix socket, whose mode would be changed',
      () => {
        mkdirSync(path('theirs'));
        chownSync(path('theirs'), NOBODY, NOBODY);
        writeFileSync(path('etc/conf.d/a.conf'), `server { listen unix:${folder}/theirs/a.sock; }`);
      },
      /theirs is owned by uid 65534/,
    ],
    [
      'a module',
      () => {
        writeFileSync(path('evil.so'), '');
        chownSync(path('evil.so'), NOBODY, NOBODY);
        writeFileSync(path('etc/nginx.conf'), 'load_module evil.so; events {}');
      },
      /evil\.so is owned by uid 65534/,
    ],
  ])('is not run when another user controls %s', async (_name, spoil, reason) => {
    spoil();
    const { outcome, detail } = await check(NGINX);
    expect(outcome).toBe('refused');
    expect(detail).toMatch(reason);
    expect(existsSync(path('nginx.pid'))).toBe(false);
  });

  it('is not run from a binary that another user controls, however it is reached', async () => {
    mkdirSync(path('theirs'));
    copyFileSync(NGINX, path('theirs/nginx'));
    chownSync(path('theirs'), NOBODY, NOBODY);
    symlinkSync(path('theirs/nginx'), path('nginx'));
    for (const binary of [path('theirs/nginx'), path('nginx')])
      expect(await check(binary)).toMatchObject({
        outcome: 'refused',
        detail: expect.stringMatching(/theirs is owned by uid 65534/),
      });
  });

  it('is never run for a container or for a stranger', async () => {
    expect((await check(NGINX, 'container')).detail).toBe('nginx -T is not run: nothing of a container is run.');
    expect((await check(NGINX, 'stranger')).detail).toBe('nginx -T is not run: it is not root’s nginx.');
  });

  it('runs the file that was judged, not the one that took its name', async () => {
    copyFileSync(NGINX, path('own-nginx'));
    const running = systemHost().runTrusted(path('own-nginx'), ['-v'], 5000);
    writeFileSync(path('other'), '#!/bin/sh\necho changed >&2\n', { mode: 0o755 });
    renameSync(path('other'), path('own-nginx'));
    expect((await running).stderr).toMatch(/^nginx version/);
  });
});
