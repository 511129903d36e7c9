import { describe, expect, it } from 'vitest';
import { createWorkersProbe } from '../../../src/probe/probes/workers.ts';
import { RecordedHost } from '../support/recorded-host.ts';

const TARGET = { masterPid: 100, settings: null, statusUrl: null, statusHostHeader: null };
const MS = 1_000_000;

function stat(pid: number, parent: number, cpuTicks: number): string {
  return `${pid} (nginx) R ${parent} ${'0 '.repeat(9)}${cpuTicks} 0 0 0 20 0 1 0 500 0`;
}

function machine(): { host: RecordedHost; files: Record<string, string> } {
  const files: Record<string, string> = {
    '/proc/stat': 'btime 1000\n',
    '/proc/100/stat': stat(100, 1, 0),
    '/proc/100/cmdline': 'nginx: master process nginx\0',
    '/proc/100/task/100/children': '101 ',
    '/proc/101/cmdline': 'nginx: worker process\0',
    '/proc/101/stat': stat(101, 100, 0),
    '/proc/101/status': 'VmRSS:\t  2048 kB\n',
    '/proc/101/schedstat': '0 0 1\n',
  };
  return { host: new RecordedHost({ files }), files };
}

async function secondLook(change: (files: Record<string, string>) => void) {
  const { host, files } = machine();
  const probe = createWorkersProbe(host);
  const signal = new AbortController().signal;
  await probe.run(TARGET, signal);
  host.time += 1000;
  change(files);
  const sample = await probe.run(TARGET, signal);
  return sample.ok ? sample.data.processes[0] : sample;
}

describe('the CPU of a worker', () => {
  it('is reported with what it wanted: time it ran, and time it waited for a CPU that others had', async () => {
    const worker = await secondLook((files) => {
      files['/proc/101/stat'] = stat(101, 100, 30);
      files['/proc/101/schedstat'] = `${300 * MS} ${680 * MS} 40\n`;
    });
    expect(worker).toMatchObject({ state: 'R', cpuRatio: 0.3, cpuWantedRatio: 0.98, residentBytes: 2 ** 21 });
  });

  it('is reported without that where the kernel does not count it', async () => {
    const worker = await secondLook((files) => {
      files['/proc/101/stat'] = stat(101, 100, 30);
      delete files['/proc/101/schedstat'];
    });
    expect(worker).toMatchObject({ cpuRatio: 0.3, cpuWantedRatio: null });
  });

  it('is not reported for a pid that another process has taken over', async () => {
    const worker = await secondLook((files) => {
      files['/proc/101/stat'] = stat(101, 100, 30).replace(' 500 0', ' 900 0');
    });
    expect(worker).toMatchObject({ cpuRatio: null, cpuWantedRatio: null });
  });
});

describe('a process that cannot be looked at', () => {
  it.each(['/proc/100/stat', '/proc/100/task/100/children', '/proc/101/cmdline', '/proc/101/stat'])(
    'makes a failed look and not an absent one: %s',
    async (path) => {
      const { files } = machine();
      const probe = createWorkersProbe(new RecordedHost({ files, errors: { [path]: 'EMFILE' } }));
      const sample = await probe.run(TARGET, new AbortController().signal);
      expect(sample).toMatchObject({ ok: false, reason: 'failed', detail: expect.stringContaining(path) });
    },
  );
});

describe('the start of a process', () => {
  it('stays where it was when the system clock is set, and goes along when the step is taken', async () => {
    const { host, files } = machine();
    const probe = createWorkersProbe(host);
    const startedAt = async () => {
      const sample = await probe.run(TARGET, new AbortController().signal);
      return sample.ok ? [sample.data.masterStartedAtMs, sample.data.processes[0]?.startedAtMs] : sample;
    };
    expect(await startedAt()).toEqual([1_005_000, 1_005_000]);
    // An hour and a bit ahead: btime has whole seconds.
    files['/proc/stat'] = 'btime 4600\n';
    host.ahead = 3_600_700;
    expect(await startedAt()).toEqual([1_005_000, 1_005_000]);
    host.ahead = 0;
    host.moved = 3_600_700;
    expect(await startedAt()).toEqual([4_605_700, 4_605_700]);
  });
});
