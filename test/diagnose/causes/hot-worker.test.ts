import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});

describe('hot-worker', () => {
  it('is certain when one worker refuses and the others are nearly idle (src/nginx/README.md §4.11)', () => {
    const diagnosis = conclude(
      evidence({ workerCount: 4 })
        .slots([64, 3, 3, 3], undefined, 64)
        .sockets({ client: 61 })
        .page({ active: 62, writing: 20, waiting: 2, reading: 20 })
        .line('worker-connections', 1, alert(17)),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'hot-worker',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.summary).toContain('the other 3 workers use 3, 3, 3 of 64 slots');
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'listen … reuseport', line: 20 });
  });

  it('is detected by the lines and the page where no worker is counted, as long as Active leaves no doubt', () => {
    const given = (active: number, pids: readonly number[]) => {
      const seen = evidence({ workerCount: 8 }).page({ active, reading: 0, writing: active, waiting: 0 });
      for (const pid of pids) seen.line('worker-connections', 1, { ...alert(3), pid });
      return conclude(seen);
    };
    expect(given(300, [71, 72])).toMatchObject({ cause: 'hot-worker', confidence: 'likely' });
    expect(given(450, [71, 72]).cause).not.toBe('hot-worker');
    expect(given(300, [71, 72, 73, 74, 75]).cause).not.toBe('hot-worker');
  });

  it('is ruled out when the others are full as well', () => {
    const diagnosis = conclude(evidence().slots([127, 110]).line('worker-connections', 1, alert(17)));
    expect(diagnosis.ruledOut.map(({ cause }) => cause)).toContain('hot-worker');
    expect(diagnosis.cause).toBeNull();
  });
});
