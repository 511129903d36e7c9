import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('disputed-lines', () => {
  const crashOf = (child: string) => ({ level: 'alert' as const, pid: 100, captures: { child, signal: '11' } });

  it('is a note when the process that is said to have crashed is alive', () => {
    const diagnosis = conclude(
      evidence()
        .slots([5, 5])
        .workers([101, 102], 10)
        .line('worker-exited-on-signal', 5, crashOf('101'))
        .line('worker-exited-on-signal', 4, crashOf('102'))
        .workers([101, 102]),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'healthy',
      alsoPresent: ['disputed-lines'],
      losing: { now: false },
    });
    expect(diagnosis.summary).toContain('process 101 is alive, and older than the line');
  });

  it('is not there when the process is gone and another one began', () => {
    const diagnosis = conclude(
      evidence()
        .slots([5, 5])
        .workers([101, 102], 10)
        .line('worker-exited-on-signal', 5, crashOf('101'))
        .line('worker-exited-on-signal', 4, crashOf('102'))
        .workers([103, 104]),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'worker-crash', severity: 'critical' });
    expect(diagnosis.alsoPresent).not.toContain('disputed-lines');
  });
});
