import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, NOW, told } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('old-workers', () => {
  const retired = (count: number, seconds: number, reloadedAgo: number | null = null) => {
    const builder = calm();
    const current = [101, 102].map((pid) => ({
      pid,
      kind: 'worker' as const,
      generation: 'current' as const,
      startedAtMs: reloadedAgo === null ? 0 : NOW - reloadedAgo * 1000,
      state: 'S',
      cpuRatio: 0,
      residentBytes: 2e7,
    }));
    const old = Array.from({ length: count }, (_, i) => ({
      ...current[0],
      pid: 50 + i,
      kind: 'worker' as const,
      generation: 'shutting-down' as const,
      startedAtMs: 0,
      state: 'S',
      cpuRatio: 0,
      residentBytes: 2e7,
    }));
    for (const ago of [seconds, 0])
      builder.sample('workers', ago, { masterPid: 100, masterStartedAtMs: 0, processes: [...current, ...old] });
    return builder;
  };

  it('is a warning when many linger for long (src/nginx/README.md §4.8)', () => {
    const diagnosis = conclude(retired(19, 300));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'old-workers',
      severity: 'warning',
      lasting: true,
      losing: { now: false },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'worker_shutdown_timeout' });
  });

  it('is named at the first sample when the current workers have been there for long', () => {
    const diagnosis = conclude(retired(19, 0, 300));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'old-workers' });
    expect(diagnosis.summary).toContain('300 s');
  });

  it('is ruled out with its figures while a few old workers end, and not mentioned where there are none', () => {
    const reasons = (count: number) =>
      conclude(retired(count, 300)).ruledOut.filter((out) => out.cause === 'old-workers');
    expect(reasons(2)).toEqual([
      { cause: 'old-workers', because: expect.stringMatching(/^2 workers still shutting down, 2 of them/) },
    ]);
    expect(reasons(0)).toEqual([]);
  });

  it('is not named right after a reload, nor for two of them', () => {
    expect(conclude(retired(19, 10)).cause).toBeNull();
    expect(conclude(retired(19, 0, 10)).cause).toBeNull();
    expect(conclude(retired(2, 300)).cause).toBeNull();
  });
});
