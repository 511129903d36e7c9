/** The count from outside against nginx's own: a worker that refuses has exactly worker_connections slots in use. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SlotsData } from '../../../src/core/samples/slots.ts';
import type { ConfigPlan } from '../../../src/demo/lab/nginx-config.ts';
import { createHost } from '../../../src/probe/host.ts';
import { createSlotsProbe } from '../../../src/probe/probes/slots.ts';
import { settings } from '../../diagnose/support/settings-builder.ts';
import { halfRequests } from '../support/half-requests.ts';
import { RecordedHost, type Recording } from '../support/recorded-host.ts';
import { deadline, eventually, startWatched, type WatchedNginx } from '../support/watched-nginx.ts';

const { hold, letGo } = halfRequests();
let watched: WatchedNginx | null = null;

afterEach(async () => {
  letGo();
  await watched?.nginx.dispose();
  watched = null;
});

async function slots(nginx: WatchedNginx): Promise<SlotsData> {
  const sample = await createSlotsProbe(createHost()).run(await nginx.target(), deadline());
  if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  return sample.data;
}

const CACHE = 'proxy_cache_path temp/cache keys_zone=c:1m;';
const SYSLOG = 'error_log syslog:server=127.0.0.1:9 error;';
const variants: [string, Partial<ConfigPlan>][] = [
  ['one listener', { workers: 1, status: 'none' }],
  ['two workers', { workers: 2 }],
  ['two workers with reuseport', { workers: 2, listenFlags: 'reuseport' }],
  ['a cache manager beside it', { workers: 1, http: CACHE }],
  ['an error log on syslog too', { workers: 1, main: SYSLOG }],
];

describe('a worker that refuses clients', () => {
  it.each(variants)('has all its slots in use: %s', async (_what, plan) => {
    watched = await startWatched({ workerConnections: 40, server: '', ...plan });
    const nginx = watched;
    const seen: number[] = [];
    await eventually(async () => {
      hold(10, nginx.nginx.port);
      const { workers } = await slots(nginx);
      seen.push(...workers.map(({ used }) => used));
      return workers.every(({ used, method }) => used === 40 && method === 'exact') ? true : null;
    });
    expect(Math.max(...seen)).toBe(40);
  });

  it('is counted apart once it shuts down', async () => {
    watched = await startWatched({ workers: 1, workerConnections: 64, server: '' });
    const nginx = watched;
    hold(5, nginx.nginx.port);
    const [before] = (
      await eventually(async () => {
        const { workers } = await slots(nginx);
        return workers[0]?.used === 8 ? { workers } : null;
      })
    ).workers;
    await nginx.nginx.reload();
    const after = await eventually(async () => {
      const data = await slots(nginx);
      return data.old.length === 1 && data.workers.length === 1 ? data : null;
    });
    // Listeners are closed; the connections and the channel to the master stay.
    expect(after.old).toEqual([{ ...before, used: 6 }]);
    expect(after.workers).toMatchObject([{ used: 3 }]);
  });
});

/** One worker (pid 11, master 10) with `sockets` socket descriptors above `files` others. */
function recording(sockets: number, files: number): Recording {
  const fds = Array.from({ length: sockets + files }, (_, fd) => {
    return [`/proc/11/fd/${fd}`, fd < files ? '/var/log/nginx/error.log' : `socket:[${fd}]`] as const;
  });
  return {
    files: {
      '/proc/10/cmdline': 'nginx: master process nginx\0',
      '/proc/10/task/10/children': '11 ',
      '/proc/11/cmdline': 'nginx: worker process\0',
      '/proc/11/status': 'FDSize:\t16384\n',
    },
    links: Object.fromEntries(fds),
    fdCounts: { '/proc/11/fd': sockets + files },
  };
}

const target = {
  masterPid: 10,
  settings: settings({ workerConnections: { value: 20_000, place: null } }),
  statusUrl: null,
  statusHostHeader: null,
};

describe('a worker with very many descriptors', () => {
  it('is sampled, then derived from the count alone, until it comes near its limit', async () => {
    const host = new RecordedHost(recording(10_000, 60));
    const probe = createSlotsProbe(host);
    const used = async () => {
      const sample = await probe.run(target, deadline());
      return sample.ok ? sample.data.workers[0]?.used : sample.reason;
    };
    const grow = (descriptors: number) => Object.assign(host.recording.fdCounts ?? {}, { '/proc/11/fd': descriptors });
    expect(await used()).toBe(10_000);
    const lookedOnce = host.linksRead;
    expect(lookedOnce).toBeLessThan(1100);
    grow(12_060);
    expect(await used()).toBe(12_000);
    expect(host.linksRead).toBe(lookedOnce);
    grow(19_000);
    await used();
    expect(host.linksRead).toBeGreaterThan(lookedOnce);
  });

  it('is looked into again after half a minute', async () => {
    const host = new RecordedHost(recording(10_000, 60));
    const probe = createSlotsProbe(host);
    await probe.run(target, deadline());
    const lookedOnce = host.linksRead;
    host.time += 31_000;
    await probe.run(target, deadline());
    expect(host.linksRead).toBe(2 * lookedOnce);
  });

  it('counts sockets only, however many files it serves', async () => {
    const sample = await createSlotsProbe(new RecordedHost(recording(4000, 4000))).run(target, deadline());
    if (!sample.ok) throw new Error(sample.detail);
    const used = sample.data.workers[0]?.used ?? 0;
    expect(used).toBeGreaterThan(3800);
    expect(used).toBeLessThan(4200);
  });
});

describe('a host that hides its processes', () => {
  it('says so instead of counting nothing', async () => {
    const hidden = { ...recording(5, 5), errors: { '/proc/11/fd': 'EACCES' } };
    const sample = await createSlotsProbe(new RecordedHost(hidden)).run(target, deadline());
    expect(sample).toMatchObject({ ok: false, reason: 'denied' });
  });

  it('has no slots without a master', async () => {
    const probe = createSlotsProbe(new RecordedHost({}));
    expect(await probe.run({ ...target, masterPid: null }, deadline())).toMatchObject({ ok: false, reason: 'absent' });
    expect(await probe.run(target, deadline())).toMatchObject({ ok: false, reason: 'absent' });
  });

  it('counts a single process as the one worker, without channels', async () => {
    const single = {
      ...recording(5, 5),
      files: { '/proc/11/cmdline': 'nginx\0-g\0daemon off;\0', '/proc/11/task/11/children': '' },
    };
    const sample = await createSlotsProbe(new RecordedHost(single)).run({ ...target, masterPid: 11 }, deadline());
    expect(sample).toMatchObject({ ok: true, data: { workers: [{ pid: 11, used: 5 }] } });
  });
});
