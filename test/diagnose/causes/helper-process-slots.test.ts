import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

describe('helper-process-slots', () => {
  const small = { count: 2, level: 'alert' as const, pid: 150, captures: { slots: '512' } };
  const large = { workerConnections: { value: 4096, place: place(3) } };

  it('is certain when the pid is the cache manager’s', () => {
    const processes = [
      {
        pid: 150,
        kind: 'cache-manager' as const,
        generation: 'current' as const,
        startedAtMs: 0,
        state: 'S',
        cpuRatio: 0,
        residentBytes: 1,
      },
    ];
    const diagnosis = conclude(
      evidence(large)
        .slots([20, 20], undefined, 4096)
        .sample('workers', 0, { masterPid: 100, masterStartedAtMs: 0, processes })
        .line('worker-connections', 1, small),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'helper-process-slots',
      confidence: 'certain',
      severity: 'warning',
      losing: { now: false },
    });
  });

  it('is likely when the number is the helpers’ and not the configured one', () => {
    expect(conclude(evidence(large).line('worker-connections', 1, small))).toMatchObject({
      cause: 'helper-process-slots',
      confidence: 'likely',
    });
  });

  it('is not named when workers have 512 slots themselves, or a worker speaks', () => {
    expect(
      conclude(evidence({ workerConnections: { value: 512, place: place(3) } }).line('worker-connections', 1, small))
        .cause,
    ).toBeNull();
    expect(conclude(evidence(large).workers([150]).line('worker-connections', 1, small)).cause).toBeNull();
  });
});
