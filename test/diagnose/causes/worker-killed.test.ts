import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const exit = (signal: string) => ({
  level: 'alert' as const,
  pid: 100,
  captures: { child: '102', signal, process: 'worker' },
});
const calm = () => evidence().slots([10, 10]);

describe('worker-killed', () => {
  it('is certain from signal 9, by the kernel when it says so', () => {
    const diagnosis = conclude(
      calm()
        .line('kernel-oom-kill', 3, { level: 'info', captures: { victim: '102', name: 'nginx' } })
        .line('worker-exited-on-signal', 2, exit('9')),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'worker-killed',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, total: 0, how: 'all connections of 1 worker that was killed' },
    });
    expect(diagnosis.summary).toContain('the kernel ran out of memory');
  });

  it('is ruled out when the master received a stop signal', () => {
    const diagnosis = conclude(
      calm()
        .line('signal-received', 4, { level: 'notice', pid: 100, captures: { signal: 'SIGTERM' } })
        .line('worker-exited-on-signal', 2, exit('9')),
    );
    expect(diagnosis.cause, told(diagnosis)).toBeNull();
  });
});
