import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const exit = (signal: string) => ({
  level: 'alert' as const,
  pid: 100,
  captures: { child: '102', signal, process: 'worker' },
});
const calm = () => evidence().slots([10, 10]);

describe('worker-crash', () => {
  it('is certain from signal 11', () => {
    const diagnosis = conclude(calm().line('worker-exited-on-signal', 2, exit('11')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'worker-crash',
      confidence: 'certain',
      severity: 'warning',
    });
    expect(
      conclude(calm().line('worker-exited-on-signal', 9, exit('11')).line('worker-exited-on-signal', 2, exit('6'))),
    ).toMatchObject({
      severity: 'critical',
      // Workers are not clients, and the number of their clients is unknown.
      losing: { now: true, total: 0, how: 'all connections of 2 workers that crashed' },
    });
  });

  it('is not named for a normal exit', () => {
    expect(
      conclude(calm().line('worker-exited', 2, { level: 'notice', pid: 100, captures: { child: '102', code: '0' } })),
    ).toMatchObject({ verdict: 'healthy' });
  });
});
