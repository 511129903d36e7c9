/** A process that cannot be looked at is not one that is absent. */
import type * as FileSystem from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { discover } from '../../src/discovery/discover.ts';
import { type DiscoveryHost, systemHost } from '../../src/discovery/host.ts';
import { fakeHost, masterFiles } from './fake-host.ts';

const descriptors = vi.hoisted(() => ({ areLeft: true }));
vi.mock('node:fs', async (load) => {
  const real = await load<typeof FileSystem>();
  const openSync = (...args: Parameters<typeof FileSystem.openSync>): number => {
    if (descriptors.areLeft) return real.openSync(...args);
    throw Object.assign(new Error(`EMFILE: too many open files, open '${args[0]}'`), { code: 'EMFILE' });
  };
  return { ...real, openSync };
});

const NONE_LEFT = { failure: "EMFILE: too many open files, open '/proc'" };
const OWN = { '/proc/1/cmdline': '/sbin/init\0', '/proc/1/stat': '1 (init) S 0 ' };
const watched = {
  masterPid: 7,
  startTicks: 500,
  binary: null,
  version: null,
  prefix: '/',
  configFile: '/c',
  pidFile: null,
  root: '',
  standing: 'host' as const,
  uid: 0,
  trustedBecause: 'it runs as uid 0',
};

/** The machine with these paths failing as they do without a descriptor left. */
function failing(files: Readonly<Record<string, string>>, ...paths: readonly string[]): DiscoveryHost {
  const host = fakeHost({ files, links: { '/proc/self/ns/pid': 'pid:[4026531836]' } });
  return {
    ...host,
    read: (path) => (paths.includes(path) ? NONE_LEFT : host.read(path)),
    list: (path) => (paths.includes(path) ? NONE_LEFT : host.list(path)),
  };
}

describe('discovery', () => {
  it('is blind when the processes cannot be listed', async () => {
    const found = await discover({}, failing(OWN, '/proc'), watched);
    expect(found).toMatchObject({ nginx: null, hidden: true, blind: expect.stringMatching(/^\/proc: EMFILE/) });
    expect(found.notObservable).toMatchObject([{ what: 'nginx', remedy: expect.stringMatching(/LimitNOFILE=/) }]);
  });

  it('is blind when no nginx is found and one process cannot be looked at', async () => {
    const files = { ...OWN, ...masterFiles(7, 'nginx', 10) };
    expect((await discover({}, failing(files, '/proc/7/cmdline'))).blind).toMatch(/^\/proc\/7: EMFILE/);
    expect((await discover({}, failing(files, '/proc/7/stat'))).blind).toMatch(/^\/proc\/7: EMFILE/);
  });

  it('takes no other nginx for the one it watched and cannot see now', async () => {
    const files = { ...OWN, ...masterFiles(7, 'nginx', 10), ...masterFiles(8, 'nginx', 20) };
    expect((await discover({}, failing(files, '/proc/7/cmdline'), watched)).blind).toMatch(/^\/proc\/7: /);
    expect((await discover({}, failing(files, '/proc/9/cmdline'), watched)).blind).toBeNull();
  });

  it('calls root’s nginx hidden, not absent, when the right to judge it is missing, and no other user’s', async () => {
    const machine = (uid: number): DiscoveryHost =>
      fakeHost({ files: { ...OWN, ...masterFiles(7, 'nginx', 10, uid) }, hidesNamespaces: true });
    const unjudged = await discover({}, machine(0));
    expect(unjudged).toMatchObject({ nginx: null, blind: null, hidden: true });
    expect(unjudged.notObservable[0]).toMatchObject({
      what: 'nginx',
      because: expect.stringMatching(/CAP_SYS_PTRACE/),
    });
    expect(await discover({}, machine(65_534))).toMatchObject({ nginx: null, hidden: false });
  });

  it('says that processes are hidden when the right to see one is missing', async () => {
    const host = fakeHost({ files: OWN, forbidden: ['/proc/7/cmdline'] });
    expect(await discover({}, host)).toMatchObject({ nginx: null, blind: null, hidden: true });
    expect(await discover({}, fakeHost({ files: OWN }))).toMatchObject({ nginx: null, blind: null, hidden: false });
  });

  it('that reads the pid file of a process it cannot see calls it hidden, not absent', async () => {
    const files = { '/run/own.pid': '7\n' };
    const found = await discover({ pidFile: '/run/own.pid' }, fakeHost({ files, forbidden: ['/proc/1/cmdline'] }));
    expect(found).toMatchObject({ nginx: null, hidden: true });
    expect(found.notObservable).toMatchObject([{ what: 'nginx' }, {}]);
  });

  const CALLS = ['read', 'head', 'list', 'stat', 'link', 'exposure', 'refusal', 'texts'] as const;
  it.each(CALLS)('is blind when no descriptor is left for one %s in the middle of a scan', async (method) => {
    const host = systemHost();
    const args = { head: ['/proc/1/cmdline', 10], texts: [process.execPath, []] };
    const lacking = (path: string): string | null => {
      descriptors.areLeft = false;
      (host[method] as (...args: unknown[]) => unknown)(
        ...(method in args ? args[method as 'head'] : ['/proc/1/root']),
      );
      descriptors.areLeft = true;
      return host.link(path);
    };
    const overrides = { pidFile: '/run/none.pid' };
    const { blind, notObservable } = await discover(overrides, { ...host, link: lacking });
    expect(blind).toMatch(/^EMFILE/);
    expect(notObservable).toMatchObject([{ remedy: expect.stringMatching(/LimitNOFILE=/) }]);
    expect((await discover(overrides, host)).blind).toBeNull();
  });
});
