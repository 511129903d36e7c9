import { describe, expect, it } from 'vitest';
import type { WorkerProcess } from '../../src/core/samples/workers.ts';
import { retirements } from '../../src/nginx/retired-at.ts';

const retiredAtMs = (of: WorkerProcess, all: readonly WorkerProcess[]) => retirements(all)(of);

let pid = 100;
const worker = (startedAtMs: number, generation: WorkerProcess['generation'] = 'current'): WorkerProcess => {
  pid += 1;
  return { pid, kind: 'worker', generation, startedAtMs, state: 'S', cpuRatio: null, residentBytes: null };
};

describe('when a worker was retired', () => {
  it('is when the next generation started, also with later ones after it', () => {
    const first = worker(1_000, 'shutting-down');
    const second = worker(60_000, 'shutting-down');
    const all = [first, second, worker(60_010, 'shutting-down'), worker(90_000), worker(90_020)];
    expect(retiredAtMs(first, all)).toBe(60_000);
    expect(retiredAtMs(second, all)).toBe(90_000);
  });

  it('is not when one of the same generation was replaced after a crash', () => {
    const old = worker(1_000, 'shutting-down');
    const all = [old, worker(30_000, 'shutting-down'), worker(90_000), worker(90_010)];
    expect(retiredAtMs(old, all)).toBe(90_000);
  });

  it('is derived from a single successor with one worker', () => {
    const old = worker(1_000, 'shutting-down');
    expect(retiredAtMs(old, [old, worker(30_000)])).toBe(30_000);
  });

  it('is not known when nothing started later', () => {
    const old = worker(1_000, 'shutting-down');
    expect(retiredAtMs(old, [old, worker(1_000), worker(1_200)])).toBeNull();
  });

  it('takes no notice of helper processes', () => {
    const old = worker(1_000, 'shutting-down');
    const cache = { ...worker(50_000), kind: 'cache-manager' as const };
    expect(retiredAtMs(old, [old, cache, { ...cache, pid: 1 }, worker(70_000), worker(70_001)])).toBe(70_000);
  });
});
