/**
 * Files that decide what gapwatch does, planted by another user for real: the command runs as root, the user nobody
 * prepares the folder. Without root nobody can be another user; what can be shown then is that our own files serve.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const NOBODY = 65_534;
// Many processes one after the other, on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });
const CONFIG_ERROR = 78;
const isRoot = process.getuid?.() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-trust-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (...names: string[]): string => join(folder, ...names);

/** Runs shell lines as the user nobody, in a folder of that user. */
function asNobody(script: string): string {
  mkdirSync(path('theirs'), { mode: 0o755 });
  chownSync(path('theirs'), NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  execFileSync('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'sh', '-ec', script], {
    cwd: path('theirs'),
  });
  return path('theirs');
}

/** A command that reads the configuration first and then looks for a bundle: 64 is past the configuration. */
function gapwatch(args: readonly string[], { cwd = folder, env = {} as Record<string, string> } = {}) {
  const words = [BINARY, 'digest', ...args];
  return spawnSync(process.execPath, words, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
}

const CONFIG = JSON.stringify({
  host: 'web-1',
  // Whatever else runs on this machine is not looked at.
  nginx: { pidFile: '/nonexistent.pid', config: '/nonexistent.conf' },
  store: { path: '/nonexistent/gapwatch.db' },
});
const isRead = { status: 3, stderr: expect.stringContaining('there is no store at /nonexistent/gapwatch.db') };

describe('a config file', () => {
  it('of ours in a folder of ours is read, also through a link of ours and from a descriptor', () => {
    writeFileSync(path('gapwatch.yml'), CONFIG);
    symlinkSync('gapwatch.yml', path('link.yml'));
    expect(gapwatch([])).toMatchObject(isRead);
    expect(gapwatch(['-c', path('link.yml')])).toMatchObject(isRead);
    expect(gapwatch([], { env: { GAPWATCH_CONFIG: path('gapwatch.yml') } })).toMatchObject(isRead);
    const words = ['-c', 'exec "$0" "$1" digest -c /dev/stdin < gapwatch.yml', process.execPath, BINARY];
    expect(spawnSync('sh', words, { cwd: folder, encoding: 'utf8' })).toMatchObject(isRead);
  });

  it('in a folder of another user is refused, named or found, with the line that mends it', () => {
    if (!isRoot) return; // Without root there is no other user to be.
    const theirs = asNobody(`printf '%s' '${CONFIG}' > gapwatch.yml`);
    const refused = {
      status: CONFIG_ERROR,
      stderr: expect.stringMatching(/gapwatch\.yml is not believed as root: \S+theirs is owned by uid 65534/),
    };
    expect(gapwatch([], { cwd: theirs })).toMatchObject(refused);
    expect(gapwatch(['-c', join(theirs, 'gapwatch.yml')])).toMatchObject(refused);
    expect(gapwatch([], { env: { GAPWATCH_CONFIG: join(theirs, 'gapwatch.yml') } })).toMatchObject(refused);
    const { stderr } = gapwatch([], { cwd: theirs });
    expect(stderr).toContain(`chown root:root ${theirs} && chown root:root ${join(theirs, 'gapwatch.yml')}`);
    expect(stderr).toContain('install -D -m 0600 -o root -g root ./gapwatch.yml /etc/gapwatch/gapwatch.yml');
  });

  it('that is ours is refused where another user could replace it or the link to it', () => {
    if (!isRoot) return; // Without root there is no other user to be.
    writeFileSync(path('mine.yml'), CONFIG);
    const theirs = asNobody(`ln -s ${path('mine.yml')} link.yml; mkdir open; chmod 777 open`);
    writeFileSync(join(theirs, 'open/gapwatch.yml'), CONFIG);
    for (const file of ['link.yml', 'open/gapwatch.yml', '../theirs/link.yml']) {
      expect(gapwatch(['-c', join(theirs, file)]).status, file).toBe(CONFIG_ERROR);
    }
  });

  it('that others may write is refused until the printed line was run', () => {
    writeFileSync(path('gapwatch.yml'), CONFIG);
    chmodSync(path('gapwatch.yml'), 0o666);
    const { status, stderr } = gapwatch([]);
    expect(status).toBe(CONFIG_ERROR);
    const line = /^ {2}(chmod .*)$/m.exec(stderr)?.[1] ?? '';
    execFileSync('sh', ['-c', line], { cwd: folder });
    expect(gapwatch([])).toMatchObject(isRead);
  });

  it('directly in a sticky folder is refused as root: others can put a second name of any file there', () => {
    if (!isRoot) return; // As another user the file is ours, and the sticky folder keeps it so.
    mkdirSync(path('sticky'));
    chmodSync(path('sticky'), 0o1777);
    writeFileSync(path('gapwatch.yml'), CONFIG);
    linkSync(path('gapwatch.yml'), path('sticky/gapwatch.yml'));
    expect(gapwatch([], { cwd: path('sticky') }).status).toBe(CONFIG_ERROR);
    mkdirSync(path('sticky/own'), { mode: 0o700 });
    writeFileSync(path('sticky/own/gapwatch.yml'), CONFIG);
    expect(gapwatch([], { cwd: path('sticky/own') })).toMatchObject(isRead);
  });

  it('on a read-only volume of mode 0777, as Kubernetes mounts it, is read', () => {
    if (!isRoot) return; // Only root can mount one.
    const script = `mount -t tmpfs -o mode=777 tmpfs "$1" && mkdir "$1/..data" && printf '%s' '${CONFIG}' > "$1/..data/gapwatch.yml" &&
      ln -s ..data/gapwatch.yml "$1/gapwatch.yml" && mount -o remount,ro "$1" && shift && exec "$@"`;
    const words = [
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      folder,
      process.execPath,
      BINARY,
      'digest',
      '-c',
      path('gapwatch.yml'),
    ];
    expect(spawnSync('unshare', words, { encoding: 'utf8' })).toMatchObject(isRead);
  });

  it('that is a FIFO, a folder or endless is refused and hangs no one', () => {
    execFileSync('mkfifo', [path('pipe.yml')]);
    for (const file of [path('pipe.yml'), folder, '/dev/zero']) {
      expect(gapwatch(['-c', file])).toMatchObject({
        status: CONFIG_ERROR,
        stderr: expect.stringContaining('cannot be read'),
      });
    }
  });
});

describe('patterns', () => {
  it('in a folder or file that others can write are refused', () => {
    mkdirSync(path('patterns'));
    writeFileSync(path('patterns/mine.yml'), '');
    writeFileSync(
      path('gapwatch.yml'),
      JSON.stringify({ patterns: { folders: [path('patterns')] }, store: { path: '/nonexistent/gapwatch.db' } }),
    );
    expect(gapwatch([])).toMatchObject(isRead);
    chmodSync(path('patterns/mine.yml'), 0o666);
    expect(gapwatch([])).toMatchObject({
      status: CONFIG_ERROR,
      stderr: expect.stringContaining(`chmod go-w ${path('patterns/mine.yml')}`),
    });
    chmodSync(path('patterns/mine.yml'), 0o644);
    if (!isRoot) return; // Another user trusts its own folders.
    chmodSync(path('patterns'), 0o777);
    expect(gapwatch([])).toMatchObject({
      status: CONFIG_ERROR,
      stderr: expect.stringContaining(`chmod go-w ${path('patterns')}`),
    });
    const matched = spawnSync(process.execPath, [BINARY, 'match', '--patterns', path('patterns'), '-'], {
      encoding: 'utf8',
      input: '',
    });
    expect(matched.status).toBe(CONFIG_ERROR);
  });
});

describe('secrets', () => {
  const env = () => ({ SLACK_BOT_TOKEN_FILE: path('token') });

  it('in a file that others can write are refused', () => {
    writeFileSync(path('gapwatch.yml'), CONFIG);
    writeFileSync(path('token'), 'xoxb-1', { mode: 0o600 });
    chmodSync(path('token'), 0o622);
    const { status, stderr } = gapwatch(['--post'], { env: env() });
    expect(status).toBe(CONFIG_ERROR);
    expect(stderr).toContain(`SLACK_BOT_TOKEN_FILE: ${path('token')} is not believed as`);
    expect(stderr).toContain(`chmod go-w ${path('token')}`);
  });

  it('that others can read are told with the line that mends it', () => {
    writeFileSync(path('gapwatch.yml'), CONFIG);
    writeFileSync(path('token'), 'xoxb-1');
    chmodSync(path('token'), 0o644);
    const words = [BINARY, 'doctor', '--json', '-c', path('gapwatch.yml')];
    const { stdout } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      env: { ...process.env, ...env(), SLACK_API_URL: 'http://127.0.0.1:9/' },
    });
    expect(JSON.parse(stdout)).toContainEqual({
      what: 'Slack secrets',
      ok: false,
      detail: `${path('token')} can be read by other users of this host (mode 0644)`,
      remedy: `chmod go-rwx ${path('token')}`,
    });
    expect(lstatSync(path('token')).isFile()).toBe(true);
  });
});

describe('the default store', () => {
  it('lies in /var/lib/gapwatch where that folder exists, else in the working directory', () => {
    if (!isRoot) return; // Only root can make that folder, here in a mount namespace.
    const digest = '"$1" "$2" digest 2>&1 || true';
    const script = `mount -t tmpfs tmpfs /var/lib && cd "$3" && ${digest}; mkdir -m 700 /var/lib/gapwatch && ${digest}`;
    const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, BINARY, folder], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(
      /there is no store at \.\/gapwatch\.db[\s\S]*there is no store at \/var\/lib\/gapwatch\/gapwatch\.db/,
    );
  });
});
