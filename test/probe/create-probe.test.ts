import { describe, expect, it } from 'vitest';
import { sample as kernel } from '../../src/core/samples/kernel.ts';
import { createProbe } from '../../src/probe/create-probe.ts';
import { createProbes, PARTS } from '../support/parts.ts';
import { RecordedHost } from './support/recorded-host.ts';

const target = { masterPid: 10, settings: null, statusUrl: null, statusHostHeader: null };
const host = new RecordedHost({});

describe('a probe', () => {
  it('that never ends is a timeout', async () => {
    const probe = createProbe(kernel, host, { look: () => new Promise(() => {}) });
    expect(await probe.run(target, AbortSignal.timeout(10))).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it.each([
    ['EACCES', 'denied'],
    ['ENOENT', 'absent'],
    ['ESRCH', 'absent'],
  ])('that throws %s says %s', async (code, reason) => {
    const error = Object.assign(new Error('no'), { code });
    const probe = createProbe(kernel, host, { look: () => Promise.reject(error) });
    expect(await probe.run(target, AbortSignal.timeout(1000))).toMatchObject({ ok: false, reason, detail: 'no' });
  });

  it('of every kind answers with a value on a machine that shows nothing', async () => {
    const probes = Object.values(createProbes(host));
    for (const probe of probes) {
      expect(await probe.run(target, AbortSignal.timeout(1000))).toMatchObject({ probe: probe.id, ok: false });
      probe.close?.();
    }
    expect(probes).toHaveLength(PARTS.probeMakers.length);
  });

  it.each([
    [false, 'absent'],
    [true, 'denied'],
  ])('without a master, processes hidden: %s, says %s', async (processesHidden, reason) => {
    const { workers } = createProbes(host);
    const sample = await workers.run({ ...target, masterPid: null, processesHidden }, AbortSignal.timeout(1000));
    expect(sample).toMatchObject({ ok: false, reason });
  });
});
