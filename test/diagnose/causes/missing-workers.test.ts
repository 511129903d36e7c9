import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('missing-workers', () => {
  const seen = (pids: readonly number[], times: readonly number[]) =>
    times.reduce((builder, ago) => builder.workers(pids, ago), calm());

  it('is certain when fewer run than configured, look after look', () => {
    expect(conclude(seen([101], [15, 10, 5, 0]))).toMatchObject({
      cause: 'missing-workers',
      confidence: 'certain',
      severity: 'warning',
    });
  });

  it('cannot pass once nginx says that it gives up on a worker, and may pass otherwise', () => {
    const fatal = { level: 'alert', captures: { child: '102', code: '2', fatal: 'fatal ' } } as const;
    const given = seen([101], [15, 10, 5, 0]).line('worker-exit-failed', 16, fatal);
    expect(conclude(given)).toMatchObject({ cause: 'missing-workers', lasting: true });
    expect(conclude(seen([101], [15, 10, 5, 0]))).not.toHaveProperty('lasting');
  });

  it('is not named during a respawn', () => {
    expect(conclude(seen([101, 102], [15, 10]).workers([101], 5).workers([101, 103], 0))).toMatchObject({
      verdict: 'healthy',
    });
  });
});
