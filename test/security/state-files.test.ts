/**
 * Files that gapwatch writes as root where the user nobody prepared the place, for real: links, second names and files of
 * that user. Without root there is no other user to be; what is ours must be private all the same.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordDemoTraffic } from '../../src/demo/demo-traffic.ts';
import { openStore } from '../../src/store/store.ts';
import { createSyslogSource } from '../../src/tail/sources/syslog.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const NOBODY = 65_534;
// Many processes one after the other, on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });
const isRoot = process.getuid?.() === 0;

let folder: string;
let theirs: string;
let victim: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-files-'));
  chmodSync(folder, 0o755);
  theirs = join(folder, 'theirs');
  mkdirSync(theirs);
  if (isRoot) chownSync(theirs, NOBODY, NOBODY);
  else chmodSync(theirs, 0o777);
  victim = join(folder, 'victim');
  writeFileSync(victim, 'precious', { mode: 0o600 });
});
afterEach(() => {
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  rmSync(folder, { recursive: true, force: true });
});

/** Shell lines as the user nobody in `theirs`. */
function plant(script: string): void {
  const drop = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : ['env'];
  const [program = '', ...words] = [...drop, 'sh', '-ec', script, 'sh', victim, folder];
  execFileSync(program, words, { cwd: theirs });
}

function gapwatch(args: readonly string[], cwd = folder) {
  const env = { ...process.env, GAPWATCH_LOG_LEVEL: 'error' };
  return spawnSync(process.execPath, [BINARY, ...args], { cwd, encoding: 'utf8', env, timeout: 60_000 });
}

const modesIn = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, (statSync(join(path, name)).mode & 0o777).toString(8)]));

describe('the store', () => {
  const store = (path: string) => {
    const config = join(folder, 'gapwatch.yml');
    writeFileSync(config, JSON.stringify({ store: { path } }));
    return gapwatch(['run', '-c', config]);
  };

  it('is not made through a link, nor in a folder of another user', () => {
    symlinkSync(victim, join(folder, 'gapwatch.db'));
    expect(store(join(folder, 'gapwatch.db'))).toMatchObject({
      status: 78,
      stderr: expect.stringContaining(`the store's file ${join(folder, 'gapwatch.db')} is a symbolic link`),
    });
    plant('ln -s "$1" gapwatch.db');
    if (isRoot)
      expect(store(join(theirs, 'gapwatch.db'))).toMatchObject({ status: 78, stderr: expect.stringContaining(theirs) });
    plant('ln -s "$2" way');
    expect(store(join(theirs, 'way/new/gapwatch.db')).status).not.toBe(0);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('with a second name is refused', () => {
    const path = join(folder, 'gapwatch.db');
    openStore(path).close();
    execFileSync('ln', [path, join(folder, 'second')]);
    expect(store(path)).toMatchObject({ status: 78, stderr: expect.stringContaining('has 2 names') });
  });

  it('of another user is refused with the line that mends it, and read by its owner only', () => {
    if (!isRoot) return; // Only root can give a file away.
    const path = join(folder, 'gapwatch.db');
    openStore(path).close();
    chownSync(path, NOBODY, NOBODY);
    expect(store(path)).toMatchObject({ status: 78, stderr: expect.stringContaining(`chown 0: ${path}`) });
    const digest = gapwatch(['digest', '-c', join(folder, 'gapwatch.yml')]);
    expect(digest).toMatchObject({ status: 78, stderr: expect.stringContaining('setpriv --reuid=65534') });
  });
});

describe('the event stream', () => {
  const events = (target: string) => {
    const config = join(folder, 'gapwatch.yml');
    writeFileSync(config, JSON.stringify({ store: { path: join(folder, 'state/gapwatch.db') } }));
    return gapwatch(['run', '-c', config, '--events', target]);
  };

  it('is not appended through a planted link, to a second name, or to a file or FIFO of another user', () => {
    plant('ln -s "$1" link; ln -s "$2" way; touch own; mkfifo pipe');
    execFileSync('ln', [victim, join(theirs, 'second')]);
    const refused = isRoot ? ['link', 'way/victim', 'second', 'own', 'pipe'] : ['link', 'way/victim', 'second'];
    for (const name of refused) expect(events(join(theirs, name)).status, name).toBe(64);
    rmSync(join(theirs, 'second'));
  });
});

describe('what a command writes once', () => {
  it('a bundle is private, and not written over or through what another user planted', () => {
    // Whatever else runs on this machine is not looked at.
    const nginx = { pidFile: '/nonexistent.pid', config: '/nonexistent.conf' };
    writeFileSync(join(folder, 'gapwatch.yml'), JSON.stringify({ nginx }));
    expect(gapwatch(['bundle', '-o', join(folder, 'out/bundle')]).status).toBe(0);
    expect(gapwatch(['bundle', '-o', join(folder, 'out/bundle.tar.gz')]).status).toBe(0);
    expect(modesIn(join(folder, 'out'))).toEqual({ bundle: '700', 'bundle.tar.gz': '600' });
    expect(new Set(Object.values(modesIn(join(folder, 'out/bundle'))))).toEqual(new Set(['600']));
    plant('ln -s "$1" a.tar.gz; mkdir b; ln -s "$1" b/facts.json; ln -s "$2" way');
    for (const name of ['a.tar.gz', 'b', 'way/c.tar.gz', 'way/d/e']) {
      expect(gapwatch(['bundle', '-o', join(theirs, name)]), name).toMatchObject({
        status: 64,
        stderr: expect.stringContaining('cannot write a bundle'),
      });
    }
    expect(readdirSync(folder).sort()).toEqual(['gapwatch.yml', 'out', 'theirs', 'victim']);
  });

  it('a picture is private, and not written through a planted link', () => {
    const store = openStore(join(folder, 'gapwatch.db'));
    recordDemoTraffic(store, { host: 'web-1', now: Date.now(), days: 2, stepMs: 600_000 });
    store.close();
    const config = join(folder, 'gapwatch.yml');
    writeFileSync(config, JSON.stringify({ store: { path: join(folder, 'gapwatch.db') } }));
    expect(gapwatch(['digest', '-c', config, '--png', join(folder, 'out.png')]).status).toBe(0);
    expect(modesIn(folder)['out.png']).toBe('600');
    plant('ln -s "$1" link.png');
    const { status, stderr } = gapwatch(['digest', '-c', config, '--png', join(theirs, 'link.png')]);
    expect(status).toBe(64);
    expect(stderr).toMatch(/--png .*link\.png is a symbolic link that others could have made/);
  });
});

describe('positions of gapwatch follow', () => {
  it('are not kept where another user could change them', () => {
    plant('mkdir state; ln -s "$2" way');
    // A folder of our own is ours, whoever may write it; only root has to see that differently.
    for (const name of isRoot ? ['state', 'way/state'] : ['way/state']) {
      const { status, stderr } = gapwatch(['follow', '--state', join(theirs, name), victim]);
      expect(status, stderr).toBeGreaterThanOrEqual(64);
    }
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });
});

describe('a unix socket for syslog', () => {
  const source = (path: string) => {
    const states: string[] = [];
    const address = { kind: 'unix', path } as const;
    const events = {
      deliver: vi.fn(),
      onState: ({ kind, detail }: { kind: string; detail: string }) => states.push(`${kind}: ${detail}`),
    };
    return { states, source: createSyslogSource({ name: 'syslog', address }, { clock: { now: () => 0 } }, events) };
  };

  it('is ours alone, and takes the place of nothing but a socket of ours that no one listens on', async () => {
    const path = join(folder, 'log.sock');
    const first = source(path);
    await first.source.start();
    expect(first.states).toEqual([`following: listening on unix:${path}`]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = source(path);
    await second.source.start();
    expect(second.states).toEqual([`denied: cannot listen: another process listens on ${path}`]);
    await first.source.stop();
    const over = source(victim);
    await over.source.start();
    expect(over.states[0]).toContain('is there and no socket of ours');
    if (!isRoot) return; // There is no other user to be.
    const foreign = source(join(theirs, 'log.sock'));
    await foreign.source.start();
    expect(foreign.states[0]).toContain('is not believed');
  });

  it('left over by a run that was killed is replaced', async () => {
    const path = join(folder, 'log.sock');
    const bind = `import { DgramSocket } from 'node-unix-socket'; new DgramSocket().bind(${JSON.stringify(path)}); process.kill(process.pid, 'SIGKILL')`;
    spawnSync(process.execPath, ['--input-type=module', '-e', bind], { cwd: import.meta.dirname });
    expect(statSync(path).isSocket()).toBe(true);
    const { states, source: next } = source(path);
    await next.start();
    expect(states).toEqual([`following: listening on unix:${path}`]);
    await next.stop();
  });
});
