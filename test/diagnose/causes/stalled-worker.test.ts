import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('stalled-worker', () => {
  const full = () =>
    calm().queue(17, 16, 2).queue(17, 16).kernel({ listenOverflows: 1 }, 5).kernel({ listenOverflows: 60 });

  it('is the root of a full accept queue when workers are stopped (src/nginx/README.md §4.7)', () => {
    const diagnosis = conclude(full().workers([101, 102], 2, { state: 'T' }).workers([101, 102], 0, { state: 'T' }));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'certain',
      severity: 'critical',
      alsoPresent: ['accept-queue-overflow'],
      losing: { now: true },
    });
    expect(diagnosis.fixes[0]?.snippet).toContain('kill -CONT 101');
  });

  it('shows the accept queue as evidence only when connections wait in it', () => {
    const queueShown = (recvQ: number) =>
      conclude(calm().queue(recvQ, 16).workers([101], 2, { state: 'T' }).workers([101], 0, { state: 'T' }))
        .evidenceFor.map(({ signal }) => signal)
        .includes('listeners.queue');
    expect([queueShown(0), queueShown(1)]).toEqual([false, true]);
  });

  it('is likely for a busy event loop while connections wait', () => {
    expect(conclude(full().workers([101], 2, { cpuRatio: 1 }).workers([101], 0, { cpuRatio: 0.99 }))).toMatchObject({
      cause: 'stalled-worker',
      confidence: 'likely',
    });
  });

  it('is not named for a busy worker that accepts in time, nor for one sample in state D', () => {
    expect(conclude(calm().workers([101], 2, { cpuRatio: 1 }).workers([101], 0, { cpuRatio: 1 })).cause).toBeNull();
    expect(conclude(calm().workers([101, 102], 2).workers([101, 102], 0, { state: 'D' }))).toMatchObject({
      verdict: 'healthy',
    });
  });

  it('is named for a worker that hangs on its disk, not for one that reads from it', () => {
    const inDisk = (cpuRatio: number) =>
      conclude(calm().workers([101], 2, { state: 'D', cpuRatio }).workers([101], 0, { state: 'D', cpuRatio }));
    expect(inDisk(0)).toMatchObject({ cause: 'stalled-worker', confidence: 'certain' });
    expect(inDisk(0.2)).toMatchObject({ verdict: 'healthy' });
  });
});
