/** Who grants nginx its limits, from recorded cgroup texts and unit files. */
import { describe, expect, it } from 'vitest';
import type { DiscoveryHost } from '../../src/discovery/host.ts';
import { supervisorOf } from '../../src/discovery/supervisor.ts';

/** A machine that is nothing but these files. */
function machine(files: Readonly<Record<string, string>>): DiscoveryHost {
  const below = (folder: string): string[] =>
    Object.keys(files).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []));
  return {
    uid: 0,
    read: (path) => (path in files ? { text: files[path] ?? '' } : { failure: 'No such file or directory' }),
    link: () => null,
    head: () => ({ failure: 'No such file or directory' }),
    list: (path) => ({ names: below(path).filter((name) => !name.includes('/')) }),
    stat: (path) => (path in files ? { kind: 'file', modifiedAtMs: 0, id: path, uid: 0, mode: 0o644 } : null),
    texts: () => ({ failure: 'Permission denied' }),
    refusal: () => null,
    exposure: () => null,
    controllers: () => [],
    couldRead: () => 'file',
    folderOf: () => null,
    can: (path) => path in files,
    shortage: () => null,
    runTrusted: () => Promise.reject(new Error('nothing is run')),
  };
}

const cgroup = (text: string, files: Readonly<Record<string, string>> = {}): DiscoveryHost =>
  machine({ '/proc/7/cgroup': text, ...files });

describe('a container', () => {
  it.each([
    ['docker', '0::/system.slice/docker-4f5c0ffee.scope\n'],
    ['docker', '12:pids:/docker/4f5c0ffee\n11:memory:/docker/4f5c0ffee\n'],
    ['kubernetes', '0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-4f5c.scope\n'],
    ['podman', '0::/machine.slice/libpod-4f5c.scope\n'],
    ['lxc', '0::/lxc.payload.web/system.slice/nginx.service\n'],
  ])('is known by its cgroup: %s', (name, text) => {
    expect(supervisorOf(cgroup(text), 7)).toEqual({ kind: 'container', name, fileLimit: null });
  });

  it('is known by its root when its cgroup namespace hides the name', () => {
    const host = cgroup('0::/\n', { '/proc/7/root/.dockerenv': '' });
    expect(supervisorOf(host, 7)).toMatchObject({ kind: 'container', name: 'docker' });
  });
});

describe('a systemd unit', () => {
  const UNIT = '/lib/systemd/system/nginx.service';
  const text = '0::/system.slice/nginx.service\n';

  it('has no limit in Debian’s file', () => {
    const host = cgroup(text, { [UNIT]: '[Service]\nType=forking\n' });
    expect(supervisorOf(host, 7)).toEqual({ kind: 'systemd', name: 'nginx.service', fileLimit: null });
  });

  it('takes the last drop-in that sets one, whatever folder it is in', () => {
    const host = cgroup(text, {
      [UNIT]: '[Service]\nLimitNOFILE=1024\n',
      '/etc/systemd/system/nginx.service.d/10-limits.conf': '[Service]\n\nLimitNOFILE=65535\n',
      '/run/systemd/system/nginx.service.d/20-now.conf': '[Service]\nLimitNOFILE = 4096\n',
      '/run/systemd/system/nginx.service.d/30-other.conf': '[Service]\nNice=5\n',
      '/etc/systemd/system/nginx.service.d/40-off.conf.bak': '[Service]\nLimitNOFILE=1\n',
    });
    const place = { file: '/run/systemd/system/nginx.service.d/20-now.conf', line: 2, value: '4096' };
    expect(supervisorOf(host, 7)?.fileLimit).toEqual(place);
  });

  it('prefers the administrator’s file to the package’s', () => {
    const own = '/etc/systemd/system/nginx.service';
    const host = cgroup(text, { [UNIT]: 'LimitNOFILE=1\n', [own]: 'LimitNOFILE=2\n' });
    expect(supervisorOf(host, 7)?.fileLimit).toEqual({ file: own, line: 1, value: '2' });
  });
});

it('is null for an nginx started by hand', () => {
  expect(supervisorOf(cgroup('0::/user.slice/user-1000.slice/session-3.scope\n'), 7)).toBeNull();
  expect(supervisorOf(machine({}), 7)).toBeNull();
});
