/** The ledger's look at a recorded machine: which tables are read, and how much of each worker is looked at. */
import { describe, expect, it } from 'vitest';
import { createSocketsProbe } from '../../../src/probe/probes/sockets.ts';
import { RecordedHost, type Recording } from '../support/recorded-host.ts';

const TARGET = { masterPid: 10, settings: null, statusUrl: null, statusHostHeader: null };

const tcp = (local: string, remote: string, state: string, inode: number) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 x\n`;
const LISTENER = tcp('00000000:0050', '00000000:0000', '0A', 1);
const V6 = '0'.repeat(32);

/** nginx (master 10) listening on port 80 with inode 1, and workers with that number of sockets each. */
function machine(workers: number, socketsEach: number, table: string): Recording {
  const pids = Array.from({ length: workers }, (_, index) => 11 + index);
  const ofWorker = (pid: number) =>
    Array.from({ length: socketsEach }, (_, fd) => [`/proc/${pid}/fd/${fd}`, `socket:[${pid * 100_000 + fd}]`]);
  return {
    files: {
      '/proc/10/cmdline': 'nginx: master process nginx\0',
      '/proc/10/task/10/children': pids.join(' '),
      ...Object.fromEntries(pids.map((pid) => [`/proc/${pid}/cmdline`, 'nginx: worker process\0'])),
      ...Object.fromEntries(pids.map((pid) => [`/proc/${pid}/status`, 'FDSize:\t2048\n'])),
      '/proc/10/net/tcp': LISTENER + table,
      '/proc/10/net/udp': '',
      '/proc/10/net/unix': '',
      '/proc/10/net/sockstat': 'TCP: inuse 9 orphan 0 tw 1 alloc 9 mem 1\n',
      '/proc/10/net/sockstat6': 'TCP6: inuse 0\n',
    },
    links: { '/proc/10/fd/6': 'socket:[1]', ...Object.fromEntries(pids.flatMap(ofWorker)) },
    fdCounts: Object.fromEntries(pids.map((pid) => [`/proc/${pid}/fd`, socketsEach])),
  };
}

async function look(recording: Recording) {
  const sample = await createSocketsProbe(new RecordedHost(recording)).run(TARGET, AbortSignal.timeout(5000));
  if (!sample.ok) throw new Error(`${sample.reason}: ${sample.detail}`);
  return sample.data;
}

describe('the table of IPv6 connections', () => {
  const seen = tcp('0100007F:C001', '0200007F:2328', '06', 0);
  const client6 = tcp(`${V6}:0050`, `${V6}:C001`, '01', 1_100_000);
  const refused = { '/proc/10/net/tcp6': 'EACCES' };

  it('is passed over where the kernel counts none, in use or in TIME_WAIT', async () => {
    const { workers } = await look({ ...machine(1, 1, seen), errors: refused });
    expect(workers).toMatchObject([{ pid: 11, unexplained: 1 }]);
  });

  it.each([
    ['one is in use', '/proc/10/net/sockstat6', 'TCP6: inuse 1\n'],
    ['more wait than the IPv4 table tells of', '/proc/10/net/sockstat', 'TCP: inuse 9 orphan 0 tw 2 alloc 9 mem 1\n'],
    ['nobody counts', '/proc/10/net/sockstat6', ''],
  ])('is read where %s', async (_why, path, text) => {
    const { files = {}, ...rest } = machine(1, 1, seen);
    const counted = { ...rest, files: { ...files, [path]: text, '/proc/10/net/tcp6': client6 } };
    expect((await look(counted)).workers).toMatchObject([{ pid: 11, client: 1 }]);
    await expect(look({ ...counted, errors: refused })).rejects.toThrow('denied');
  });
});

describe('many workers', () => {
  it('are each looked at enough to tell their shares', async () => {
    const workers = 40;
    const half = Array.from({ length: workers * 1200 }, (_, index) => {
      const inode = (11 + Math.floor(index / 1200)) * 100_000 + (index % 1200);
      const isClient = index % 2 === 0;
      return tcp(isClient ? '0100007F:0050' : '0100007F:C001', '0200007F:2328', '01', inode);
    });
    const data = await look(machine(workers, 1200, half.join('')));
    expect(data.workers.length).toBe(workers);
    for (const { client, upstream } of data.workers) expect(Math.abs(client - upstream)).toBeLessThan(240);
  });

  it('are read one after the other: each takes its slices of the event loop', async () => {
    let looking = 0;
    class BusyHost extends RecordedHost {
      override async links(paths: readonly string[]): Promise<(string | null)[]> {
        expect(++looking).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        looking -= 1;
        return super.links(paths);
      }
    }
    const sample = await createSocketsProbe(new BusyHost(machine(4, 3, ''))).run(TARGET, AbortSignal.timeout(5000));
    expect(sample).toMatchObject({ ok: true, data: { workers: [{}, {}, {}, {}] } });
  });
});
