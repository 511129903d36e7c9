import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

const limit = (value: number) => ({ workerRlimitNofile: { value, place: place(4) } });

describe('fd-limit-overridden', () => {
  it('is the root when the system refused the limit and descriptors ran out', () => {
    const diagnosis = conclude(
      evidence(limit(300_000))
        .fds(1024, 1024)
        .line('setrlimit-refused', 60, { level: 'alert', captures: { limit: '300000', errno: '1' } })
        .line('accept-emfile', 1, { count: 6, level: 'crit' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'fd-limit-overridden',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.alsoPresent).toContain('fd-exhaustion');
  });

  it('is no more than information while descriptors are plenty', () => {
    expect(conclude(evidence(limit(300_000)).fds(50, 1024))).toMatchObject({
      cause: 'fd-limit-overridden',
      severity: 'info',
    });
  });

  it('is ruled out when the configured limit is in force', () => {
    const diagnosis = conclude(evidence(limit(1024)).fds(1024, 1024).line('accept-emfile', 1, { count: 6 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'fd-exhaustion' });
  });
});
