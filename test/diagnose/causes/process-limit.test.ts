import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('process-limit', () => {
  it('is the root of missing workers when fork fails', () => {
    const alone = evidence().slots([9]);
    for (const ago of [15, 10, 5, 0]) alone.workers([101], ago);
    const diagnosis = conclude(
      alone
        .line('fork-failed', 2, { level: 'alert', pid: 100, captures: { errno: '11' } })
        .system({ pidsCurrent: 512, pidsMax: 512 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'process-limit',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.alsoPresent).toContain('missing-workers');
  });

  it('is ruled out below the limit', () => {
    expect(conclude(evidence().slots([9, 9]).system({ pidsCurrent: 10, pidsMax: 512 }))).toMatchObject({
      verdict: 'healthy',
    });
  });
});
