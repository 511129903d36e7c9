/** The status page of a real nginx while it cannot take connections: how the fresh and the armed one differ. */
import { afterEach, describe, expect, it } from 'vitest';
import type { StubStatusData } from '../../src/core/samples/stub-status.ts';
import { sendSignal } from '../../src/demo/lab/process-tree.ts';
import { createHost } from '../../src/probe/host.ts';
import { createStubStatusProbe } from '../../src/probe/probes/stub-status.ts';
import { halfRequests } from './support/half-requests.ts';
import { deadline, eventually, startWatched, type WatchedNginx } from './support/watched-nginx.ts';

const probe = createStubStatusProbe(createHost());
const { hold, letGo } = halfRequests();
let watched: WatchedNginx;

afterEach(async () => {
  probe.close?.();
  letGo();
  await watched.nginx.dispose();
});

async function look(): Promise<StubStatusData> {
  const sample = await probe.run(await watched.target(), deadline());
  if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  return sample.data;
}

/** Two polls: the second one has the armed connection. */
async function arm(): Promise<void> {
  await look();
  await eventually(async () => ((await look()).armed?.ok === true ? true : null));
}

describe('an nginx that is full', () => {
  it('resets the fresh connection and answers the armed one when the slots are gone', async () => {
    watched = await startWatched({ workers: 1, workerConnections: 20, server: '', status: 'shared' });
    await arm();
    const full = await eventually(async () => {
      // Unread connections are reused, so that it takes some more than there are slots.
      hold(5, watched.nginx.port);
      const data = await look();
      return data.fresh.ok ? null : data;
    });
    expect(full.fresh).toMatchObject({ ok: false, reason: 'reset' });
    expect(full.armed).toMatchObject({ ok: true });
    expect(full.counters?.reading).toBeGreaterThan(10);
  });

  it('lets the fresh connection hang and answers the armed one when the descriptors are gone', async () => {
    const main = 'worker_rlimit_nofile 24;';
    watched = await startWatched({ workers: 1, workerConnections: 256, server: '', status: 'shared', main });
    await arm();
    hold(40, watched.nginx.port);
    const full = await eventually(async () => {
      const data = await look();
      return data.fresh.ok ? null : data;
    });
    expect(full.fresh).toMatchObject({ ok: false, reason: 'read-timeout' });
    expect(full.armed).toMatchObject({ ok: true });
  });

  it('is silent on both when its workers stand still, then does not even accept', async () => {
    watched = await startWatched({
      workers: 1,
      workerConnections: 64,
      server: '',
      status: 'shared',
      listenFlags: 'backlog=4',
    });
    await arm();
    for (const pid of watched.nginx.childPids) sendSignal(pid, 'SIGSTOP');
    const stopped = await look();
    expect(stopped.fresh).toMatchObject({ ok: false, reason: 'read-timeout' });
    expect(stopped.armed).toMatchObject({ ok: false, reason: 'read-timeout' });
    hold(8, watched.nginx.port);
    const overflowing = await eventually(async () => {
      const data = await look();
      return data.fresh.ok || data.fresh.reason === 'read-timeout' ? null : data;
    });
    expect(overflowing.fresh).toMatchObject({ ok: false, reason: 'connect-timeout' });
    expect(overflowing.counters).toBeNull();
  });

  it('is refused when it is down, and answers again after a restart', async () => {
    watched = await startWatched({ workers: 1, workerConnections: 64, server: '' });
    await arm();
    const target = await watched.target();
    await watched.nginx.stop();
    const down = await probe.run(target, deadline());
    expect(down).toMatchObject({ ok: true, data: { fresh: { ok: false, reason: 'refused' }, counters: null } });
    await watched.nginx.start();
    const up = await eventually(async () => {
      const data = await look();
      return data.armed?.ok === true ? data : null;
    });
    expect(up.fresh.ok).toBe(true);
  });

  it('goes on over a reload without a false alarm', async () => {
    watched = await startWatched({ workers: 2, workerConnections: 64, server: '' });
    await arm();
    const before = new Set(watched.nginx.childPids);
    await watched.nginx.reload();
    const armed: (boolean | null)[] = [];
    await eventually(async () => {
      const data = await look();
      expect(data.fresh.ok).toBe(true);
      armed.push(data.armed === null ? null : data.armed.ok);
      return watched.nginx.childPids.some((pid) => before.has(pid)) ? null : true;
    });
    expect(armed).not.toContain(false);
  });
});
