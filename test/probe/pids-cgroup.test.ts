import { describe, expect, it } from 'vitest';
import { readPidsCgroup } from '../../src/probe/pids-cgroup.ts';
import { RecordedHost } from './support/recorded-host.ts';

const seen = (files: Readonly<Record<string, string>>) => readPidsCgroup(new RecordedHost({ files }), '/proc/10');

describe('the limit of processes', () => {
  it('is that of the cgroup, of version 2', async () => {
    const files = {
      '/proc/10/cgroup': '0::/system.slice/nginx.service\n',
      '/sys/fs/cgroup/system.slice/nginx.service/pids.current': '5\n',
      '/sys/fs/cgroup/system.slice/nginx.service/pids.max': '64\n',
    };
    expect(await seen(files)).toEqual({ pidsCurrent: 5, pidsMax: 64 });
    const unlimited = { ...files, '/sys/fs/cgroup/system.slice/nginx.service/pids.max': 'max\n' };
    expect(await seen(unlimited)).toEqual({ pidsCurrent: 5, pidsMax: null });
  });

  it('is that of the pids controller, of version 1', async () => {
    const files = {
      '/proc/10/cgroup': '9:cpu,cpuacct:/x\n8:pids:/docker/1f\n0::/\n',
      '/sys/fs/cgroup/pids/docker/1f/pids.current': '7\n',
      '/sys/fs/cgroup/pids/docker/1f/pids.max': '100\n',
    };
    expect(await seen(files)).toEqual({ pidsCurrent: 7, pidsMax: 100 });
  });

  it('is not known without one', async () => {
    expect(await seen({ '/proc/10/cgroup': '0::/\n' })).toEqual({ pidsCurrent: null, pidsMax: null });
    expect(await seen({})).toEqual({ pidsCurrent: null, pidsMax: null });
  });
});
