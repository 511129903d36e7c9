import { describe, expect, it } from 'vitest';
import { chooseMaster } from '../../src/discovery/choose-master.ts';
import { findMasters } from '../../src/discovery/masters.ts';
import { type FakeMachine, fakeHost, masterFiles } from './fake-host.ts';

const TWO: Record<string, string> = {
  '/proc/1/cmdline': 'init\0',
  ...masterFiles(30, 'nginx -c /etc/nginx/a.conf', 500),
  ...masterFiles(20, 'nginx -p /srv -c b.conf', 900),
  '/proc/31/cmdline': 'nginx: worker process\0',
};

async function choose(machine: FakeMachine, overrides = {}) {
  const host = fakeHost(machine);
  return chooseMaster(host, (await findMasters(host)).masters, overrides);
}

describe('of two masters', () => {
  it('the oldest is taken, said so, and how to choose another', async () => {
    const choice = await choose({ files: TWO });
    expect(choice.master?.pid).toBe(30);
    expect(choice.notes).toEqual([
      '2 nginx masters run (pid 30 -c /etc/nginx/a.conf; pid 20 -c b.conf -p /srv). Watching pid 30, the oldest. ' +
        'To watch another, set nginx.pidFile or nginx.config in gapwatch.yml.',
    ]);
  });

  it('the one that the usual pid file names comes first', async () => {
    const choice = await choose({ files: { ...TWO, '/run/nginx.pid': '20\n' } });
    expect(choice).toMatchObject({ master: { pid: 20 }, pidFile: '/run/nginx.pid' });
    expect(choice.notes[0]).toContain('because /run/nginx.pid names it');
  });

  it('an override decides, without a note', async () => {
    expect(await choose({ files: { ...TWO, '/x.pid': '20' } }, { pidFile: '/x.pid' })).toMatchObject({
      master: { pid: 20 },
      notes: [],
    });
    expect(await choose({ files: TWO }, { config: '/srv/b.conf' })).toMatchObject({ master: { pid: 20 }, notes: [] });
    expect((await choose({ files: TWO }, { config: '/etc/nginx/a.conf' })).master?.pid).toBe(30);
  });

  it('one outside containers is preferred to an older one inside', async () => {
    const links = { '/proc/self/ns/mnt': 'mnt:[1]', '/proc/30/ns/mnt': 'mnt:[2]', '/proc/20/ns/mnt': 'mnt:[1]' };
    const choice = await choose({ files: TWO, links });
    expect(choice.master?.pid).toBe(20);
    expect(choice.notes[0]).toContain('pid 30 -c /etc/nginx/a.conf in a container');
    expect(choice.notes[0]).toContain('the oldest outside containers');
  });
});

describe('no master', () => {
  it('is one sentence with the remedy', async () => {
    const { master, notObservable } = await choose({
      files: { '/proc/1/cmdline': 'init\0', '/proc/9/cmdline': 'nginx: worker process\0' },
    });
    expect(master).toBeNull();
    expect(notObservable).toEqual([
      {
        what: 'nginx',
        because:
          'no process is titled "nginx: master process", and no pid file names one (read /run/nginx.pid, /var/run/nginx.pid, /usr/local/nginx/logs/nginx.pid)',
        remedy: 'start nginx (systemctl start nginx), or name its pid file as nginx.pidFile in gapwatch.yml',
      },
    ]);
  });

  it('because /proc hides it is another', async () => {
    const hidden = await choose({ files: {} });
    expect(hidden.hidden).toBe(true);
    expect(hidden.notObservable[0]?.because).toContain('hidepid');
    const mounted = (options: string) => ({
      uid: 1000,
      files: {
        '/proc/1/cmdline': 'sh\0',
        '/proc/1/status': 'Name:\tsh\nUid:\t1000\t1000\t1000\t1000\n',
        '/proc/self/mountinfo': `29 30 0:24 / /proc rw,relatime - proc proc rw${options}\n`,
      },
    });
    expect((await choose(mounted(',hidepid=invisible'))).hidden).toBe(true);
    expect((await choose(mounted(',hidepid=0'))).hidden).toBe(false);
    expect((await choose(mounted(''))).hidden).toBe(false);
    expect((await choose({ ...mounted(',hidepid=2'), uid: 0 })).hidden).toBe(false);
  });

  it('because gapwatch runs in another container is a third', async () => {
    const inside = (pids: string) =>
      choose({ files: { '/proc/1/cmdline': 'node\0' }, links: { '/proc/self/ns/pid': pids } });
    expect((await inside('pid:[4026531836]')).hidden).toBe(false);
    expect(await inside('pid:[4026532207]')).toMatchObject({
      hidden: true,
      notObservable: [{ because: expect.stringContaining('runs in a container') }],
    });
  });

  it.each([
    [{}, '/x.pid: No such file or directory'],
    [{ '/x.pid': 'abc' }, '/x.pid: holds no process id'],
    [{ '/x.pid': '31' }, '/x.pid: process 31 is not a running nginx master'],
  ])('behind the named pid file says what the file holds', async (files, because) => {
    const choice = await choose({ files: { ...TWO, ...files } }, { pidFile: '/x.pid' });
    expect(choice.master).toBeNull();
    expect(choice.notObservable[0]?.because).toBe(because);
  });
});

it('a fork that still carries the command line of its parent is not a second nginx', async () => {
  const host = fakeHost({
    files: {
      '/proc/5/cmdline': 'nginx\0-g\0master_process off;\0',
      '/proc/5/stat': `5 (nginx) S 1 ${'0 '.repeat(17)}10 0`,
      '/proc/6/cmdline': 'nginx\0-g\0master_process off;\0',
      '/proc/6/stat': `6 (nginx) S 5 ${'0 '.repeat(17)}11 0`,
    },
  });
  expect((await findMasters(host)).masters.map(({ pid }) => pid)).toEqual([5]);
});
