/** The store of a running service: one process, damage, a disk that fills, a file that goes away. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { openServiceStore, openStore, openStoreToRead, type Store } from '../../src/store/store.ts';
import { asNobody } from '../support/as-nobody.ts';

const SUPPORT = join(import.meta.dirname, 'support');
const AT = Date.parse('2026-11-21T12:00:00.000Z');
const isRoot = process.getuid?.() === 0;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-keeper-'));
  path = join(folder, 'gapwatch.db');
});
const opened: Store[] = [];
afterEach(() => {
  // First: a store in memory would make its folder anew when it is closed.
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

const clock = { at: AT, now: () => clock.at, monotonicMs: () => clock.at };
beforeEach(() => {
  clock.at = AT;
});

function service(logger: Logger = silentLogger): Store {
  const store = openServiceStore(path, { clock, logger });
  opened.push(store);
  return store;
}

const kinds = (store: Store) => store.health.takeNotices().map(({ kind }) => kind);
const damaged = () => readdirSync(folder).filter((name) => name.includes('.damaged-'));

/** Overwrites what is behind the first page, or from `from` on. */
function spoil(from = 4096): void {
  const fd = openSync(path, 'r+');
  for (let at = from; at < statSync(path).size; at += 1024) writeSync(fd, Buffer.alloc(600, 0x41), 0, 600, at);
  closeSync(fd);
}

async function holder(wrap: readonly string[] = []): Promise<{ child: ChildProcess; said: string }> {
  const [command = '', ...args] = [...wrap, process.execPath, '--import', 'tsx', join(SUPPORT, 'hold-store.ts'), path];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout ?? child, 'data');
  return { child, said: String(said) };
}

describe('the lock of a store', () => {
  it('names who holds it, lets readers in, and ends with its process, also after kill -9', async () => {
    const { child, said } = await holder();
    expect(said).toBe('held\n');
    expect(() => service()).toThrow(
      expect.objectContaining({
        code: 'CONFIG',
        message: expect.stringMatching(
          `^the store .*gapwatch.db is in use by another gapwatch: pid ${child.pid}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC$`,
        ),
        hint: expect.stringContaining(`kill ${child.pid}`),
      }),
    );
    const reader = openStoreToRead(path);
    expect(reader.facts.get('held')).toBe(true);
    reader.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(service().facts.get('held')).toBe(true);
  });

  it('is visible in another container that shares the volume', async () => {
    if (!isRoot) return; // Only root can make a PID and a mount namespace.
    const first = await holder([
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--uts',
      'sh',
      '-c',
      'hostname one; exec "$@"',
      'sh',
    ]);
    const second = await holder([
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--uts',
      'sh',
      '-c',
      'hostname two; exec "$@"',
      'sh',
    ]);
    expect(first.said).toBe('held\n');
    expect(second.said).toMatch(/^CONFIG: the store .* is in use by another gapwatch: pid 1 on one, since /);
  });

  it('keeps a second service away also when its file is removed, and is taken again', async () => {
    const store = service();
    store.facts.set('first', 1);
    rmSync(`${path}.lock`);
    // The first one leaves no lock file that the second one could take.
    expect((await holder()).said).toMatch(/^CONFIG: the store .* is in use by another gapwatch\n/);
    expect((await holder()).said).toMatch(/^CONFIG: the store .* is in use by another gapwatch\n/);
    store.health.recover();
    expect((await holder()).said).toMatch(`in use by another gapwatch: pid ${process.pid}, since`);
    expect(kinds(store)).toEqual([]);
  });

  it('that another service took after its file was removed sends the first one into memory', async () => {
    const store = service();
    store.facts.set('first', 1);
    rmSync(path);
    rmSync(`${path}.lock`);
    const { child, said } = await holder();
    expect(said).toBe('held\n');
    store.health.recover();
    expect(kinds(store)).toEqual(['memory']);
    store.facts.set('second', 2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    store.health.recover();
    expect(kinds(store)).toEqual(['back']);
    expect(store.facts.get('held')).toBe(true);
    expect(store.facts.get('second')).toBe(2);
  });

  it('is mended when its file is damaged, and released when the store is closed', () => {
    writeFileSync(`${path}.lock`, 'no database at all, and long enough to be sure of it'.repeat(40));
    openServiceStore(path, { clock, logger: silentLogger }).close();
    service();
    expect(() => service()).toThrow(`pid ${process.pid}, since`);
  });
});

describe('the files of a store', () => {
  it('are readable by us alone, and looser ones are mended', () => {
    path = join(folder, 'made/gapwatch.db');
    service().facts.set('a', 1);
    const modes = () =>
      Object.fromEntries(
        readdirSync(join(folder, 'made')).map((name) => [name, statSync(join(folder, 'made', name)).mode & 0o777]),
      );
    const strict = {
      'gapwatch.db': 0o600,
      'gapwatch.db-wal': 0o600,
      'gapwatch.db-shm': 0o600,
      'gapwatch.db.lock': 0o600,
    };
    expect(modes()).toEqual(strict);
    expect(statSync(join(folder, 'made')).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(strict)) chmodSync(join(folder, 'made', name), 0o644);
    openStore(path).close();
    expect(modes()).toEqual(strict);
  });
});

describe('the folder of a store', () => {
  it('is mended when it is ours and holds nothing else, as a new volume of a pod', () => {
    path = join(folder, 'volume/gapwatch.db');
    mkdirSync(join(folder, 'volume'));
    chmodSync(join(folder, 'volume'), 0o777);
    service();
    expect(statSync(join(folder, 'volume')).mode & 0o777).toBe(0o700);
  });

  it('that holds other things is left as it is, and refused as root', () => {
    writeFileSync(join(folder, 'other'), '');
    chmodSync(folder, 0o777);
    if (isRoot) expect(() => service()).toThrow(/is not safe where it is: .* can be written by everybody/);
    else service();
    expect(statSync(folder).mode & 0o777).toBe(0o777);
  });

  it('may be one of root that everybody can write, for a user who can change nothing about it', () => {
    if (!isRoot) return; // Only root can be root and that user.
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'other'), '');
    const nobody = asNobody();
    const script = join(nobody.root, 'test/store/support/hold-store.ts');
    const [program, ...rest] = nobody.words([process.execPath, '--import', 'tsx', script, path]);
    onTestFinished(() => nobody.remove());
    expect(execFileSync(program, rest, { encoding: 'utf8', input: '' })).toBe('held\n');
    expect(statSync(path)).toMatchObject({ uid: 65_534 });
  });
});

describe('a damaged store', () => {
  const ways: Readonly<Record<string, () => void>> = {
    'that is no database': () => writeFileSync(path, 'this is not a database, not at all'.repeat(100)),
    'whose pages are overwritten': () => spoil(),
    'whose head is overwritten': () => spoil(0),
    'that was cut': () => truncateSync(path, 5000),
    'that was cut within its head': () => truncateSync(path, 50),
    'that lacks a table': () => {
      const store = openStore(path);
      store.database.exec('DROP TABLE outbox');
      store.close();
    },
  };

  it.each(Object.entries(ways))('%s is moved aside at the start, and a new one serves', (_, damage) => {
    const first = openServiceStore(path, { clock, logger: silentLogger });
    for (let n = 0; n < 200; n++) first.facts.set(`fact-${n}`, 'x'.repeat(1000));
    first.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    first.close();
    damage();
    expect(() => openStoreToRead(path)).toThrow(/is damaged: /);
    const error = vi.fn();
    const store = service({ ...silentLogger, error });
    expect(store.facts.list('fact-')).toEqual([]);
    store.facts.set('new', 1);
    expect(damaged()).toContain('gapwatch.db.damaged-20261121T120000Z');
    const [notice, ...more] = store.health.takeNotices();
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ kind: 'damaged', remedy: expect.stringContaining('ls -la ') });
    expect(notice?.text).toContain('positions, open incidents and message ids were lost; messages may repeat');
    expect(error).toHaveBeenCalledTimes(1);
    expect(store.health.trouble()).toBeNull();
  });

  it('is moved aside when the damage shows in operation; what is written then is kept', () => {
    const store = service();
    for (let n = 0; n < 2000; n++) store.facts.set(`fact-${n}`, 'x'.repeat(1000));
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    spoil();
    for (let n = 0; n < 500; n++) store.database.transaction(() => store.facts.set(`later-${n}`, 'y'.repeat(5000)));
    expect(kinds(store)).toEqual(['damaged']);
    expect(damaged().length).toBeGreaterThan(0);
    expect(store.facts.list('later-').length).toBeGreaterThan(400);
    store.close();
    const again = openStore(path);
    expect(again.facts.list('later-').length).toBeGreaterThan(400);
    again.close();
  });

  it('is moved aside once; a disk that damages it again is not trusted for a while', () => {
    const store = service();
    const ruin = () => {
      for (let n = 0; n < 500; n++) store.facts.set(`fact-${n}`, 'x'.repeat(1000));
      store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      spoil();
      for (let n = 0; n < 500; n++) store.facts.set(`later-${n}`, 'y'.repeat(5000));
    };
    ruin();
    ruin();
    expect(kinds(store)).toEqual(['damaged', 'memory']);
    expect(store.health.trouble()?.detail).toContain('damaged twice within a minute');
    clock.at += 120_000;
    store.health.recover();
    expect(store.health.trouble()).toBeNull();
    expect(store.facts.list('later-').length).toBeGreaterThan(400);
  });

  it('of a newer gapwatch stays as it is', () => {
    const store = openStore(path);
    store.database.exec('PRAGMA user_version = 99');
    store.close();
    expect(() => service()).toThrow(/newer gapwatch \(schema 99\)/);
    expect(damaged()).toEqual([]);
  });
});

describe('a store that cannot be written', () => {
  it('goes on in memory with positions, incidents and messages, and back with all it learned', () => {
    const store = service();
    store.cursors.save('/var/log/nginx/error.log', { offset: 1 });
    store.facts.set('kept', 1);
    store.facts.set('forgotten', 1);
    store.series.add([{ metric: 'm', key: 'a', at: AT - 5, value: 1 }]);
    store.latencies.add(AT, [{ peer: 'p', counts: [[5, 2]] }]);
    store.database.exec('PRAGMA max_page_count = 1');
    const big = 'x'.repeat(1_000_000);
    store.database.transaction(() => store.facts.set('big', big));
    expect(kinds(store)).toEqual(['memory']);
    expect(store.health.trouble()).toMatchObject({ detail: expect.stringContaining('its file system is full') });
    expect(store.cursors.load('/var/log/nginx/error.log')).toEqual({ offset: 1 });

    store.cursors.save('/var/log/nginx/error.log', { offset: 2 });
    store.facts.delete('forgotten');
    store.series.add([{ metric: 'n', key: 'b', at: AT, value: 2 }]);
    store.series.add([{ metric: 'm', key: 'a', at: AT, value: 3 }]);
    store.latencies.add(AT, [{ peer: 'p', counts: [[5, 3]] }]);
    store.actions.add({ at: AT, who: 'U1', what: 'ack', target: null, answer: 'done' });
    store.health.recover();
    expect(store.health.trouble()).toBeNull();
    expect(kinds(store)).toEqual(['back']);
    store.close();

    const again = openStore(path);
    expect(again.cursors.load('/var/log/nginx/error.log')).toEqual({ offset: 2 });
    expect(again.facts.list('').map(({ key }) => key)).toEqual(['big', 'kept']);
    expect(
      [...again.series.query('m', 0, AT + 1, 'raw')].flatMap(([, points]) => points.map(({ last }) => last)),
    ).toEqual([1, 3]);
    expect(again.series.query('n', 0, AT + 1, 'raw').get('b')?.[0]?.last).toBe(2);
    expect(
      again.latencies
        .query(0, AT + 1)
        .get('p')
        ?.get(5),
    ).toBe(5);
    expect(again.actions.since(0)).toHaveLength(1);
    again.close();
  });

  it('says so once an hour, however often it happens', () => {
    const store = service();
    for (let time = 0; time < 3; time++) {
      store.database.exec('PRAGMA max_page_count = 1');
      store.facts.set(`big-${time}`, 'x'.repeat(1_000_000));
      expect(store.health.trouble()).not.toBeNull();
      store.health.recover();
    }
    expect(kinds(store)).toEqual(['memory', 'back']);
  });

  it('keeps memory bounded: the recording gives way to what matters', () => {
    const store = service();
    store.database.exec('PRAGMA max_page_count = 1');
    store.facts.set('big', 'x'.repeat(1_000_000));
    const sample = { probe: 'kernel', at: AT, ok: false, reason: 'absent', detail: 'x'.repeat(100_000) } as const;
    for (let n = 0; n < 400; n++) store.journal.addSample(sample);
    expect(store.journal.samples(0).length).toBeLessThan(400);
    store.facts.set('matters', 'y'.repeat(1_000_000));
    expect(store.facts.get('matters')).not.toBeNull();
  });

  it('whose file was removed or replaced begins it anew with what is known', () => {
    const store = service();
    store.facts.set('known', 1);
    rmSync(path);
    store.health.recover();
    store.facts.set('later', 2);
    expect(kinds(store)).toEqual(['memory', 'back']);
    store.close();
    const again = openStore(path);
    expect(again.facts.list('').map(({ key }) => key)).toEqual(['known', 'later']);
    again.close();
  });

  /** `script` runs in a separate mount namespace with a small file system at $1; the rest is how to run the child. */
  function onSmallDisk(script: string, child: string): unknown {
    const start = `mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" && ${script} exec "$2" --import tsx "$3" "$1"`;
    const words = ['--mount', 'sh', '-c', start, 'sh', folder, process.execPath, join(SUPPORT, child)];
    return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  }

  it('serves on a disk that is really full, also from the start', () => {
    if (!isRoot) return; // Only root can mount a small file system.
    expect(onSmallDisk('', 'fill-disk.ts')).toMatchObject({
      full: { trouble: { detail: expect.stringContaining('its file system is full') }, notices: ['memory'] },
      read: { before: true, during: 200 },
      still: { detail: expect.stringContaining('full') },
      freed: { trouble: null, notices: ['back'] },
      kept: { before: true, during: 200 },
      started: { during: 200 },
      lateTrouble: { detail: expect.stringContaining('cannot be written') },
      lateKept: true,
    });
    expect(existsSync(path)).toBe(false);
  });

  it('serves on a read-only mount with what the file holds', () => {
    if (!isRoot) return; // Only root can mount a small file system.
    const before = `"$2" --import tsx "${join(SUPPORT, 'hold-store.ts')}" "$1/gapwatch.db" < /dev/null > /dev/null &&`;
    expect(onSmallDisk(before, 'read-only-disk.ts')).toEqual({
      started: { held: true },
      trouble: expect.stringContaining('it is read-only'),
      notices: ['memory'],
      later: { trouble: null, notices: ['back'] },
      kept: 1,
    });
  });
});
