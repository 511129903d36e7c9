import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import type { KernelData } from '../../src/core/samples/kernel.ts';
import { createMeter } from '../../src/digest/meter.ts';

const kernel = (at: number, listenOverflows: number | null): Sample => {
  const none: KernelData = {
    listenOverflows: null,
    listenDrops: null,
    syncookiesSent: null,
    tcpAbortOnMemory: null,
    timeWaitSockets: null,
    tcpInUse: null,
    orphanSockets: null,
    conntrackCount: null,
    conntrackMax: null,
  };
  return { probe: 'kernel', at, ok: true, data: { ...none, listenOverflows } };
};

describe('the meter', () => {
  it('turns counters into increments, from zero after a restart, and has none the first time', () => {
    const meter = createMeter();
    const values = [100, 130, null, 140, 4].map((value, at) => meter.sample(kernel(at, value)).map((one) => one.value));
    expect(values).toEqual([[], [30], [], [10], [4]]);
  });

  it('ranks workers by pid, so that a reload keeps the series', () => {
    const meter = createMeter();
    const sample = (pids: readonly number[]): Sample => ({
      probe: 'slots',
      at: 1,
      ok: true,
      data: { workers: pids.map((pid) => ({ pid, used: pid, limit: 100, method: 'exact' })), old: [] },
    });
    const before = meter.sample(sample([20, 10]));
    expect(before.filter((one) => one.metric === 'slots.used')).toEqual([
      { metric: 'slots.used', key: 'w0', at: 1, value: 10 },
      { metric: 'slots.used', key: 'w1', at: 1, value: 20 },
    ]);
    expect(meter.sample(sample([31, 32])).map((one) => one.key)).toContain('w1');
    expect(before.find((one) => one.metric === 'slots.hottestRatio')?.value).toBe(0.2);
  });

  it('measures nothing from a failed probe', () => {
    const meter = createMeter();
    expect(meter.sample({ probe: 'fds', at: 1, ok: false, reason: 'denied', detail: 'EACCES' })).toEqual([]);
  });
});
