import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('fd-exhaustion', () => {
  it('is certain from errno 24 with new probes hanging and the armed one answered (src/nginx/README.md §4.6)', () => {
    const diagnosis = conclude(
      evidence()
        .slots([56, 40], [56, 40], 1024)
        .fds(64, 64)
        .pageFails('read-timeout', 5, true)
        .pageFails('read-timeout', 0, true)
        .line('accept-emfile', 1, { count: 20, level: 'crit', captures: { errno: '24' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'fd-exhaustion',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'worker_rlimit_nofile', from: '64' });
  });

  it('asks for two descriptors a slot and some spare', () => {
    const limitFor = (slots: number) =>
      conclude(evidence({ workerConnections: { value: slots, place: null } }).fds(512, 512)).fixes[0]?.to;
    // 2 × 2016 + 64 is 4096; the next slot needs the next power of two.
    expect([limitFor(2016), limitFor(2017)]).toEqual(['4096', '8192']);
  });

  it('warns before the limit is reached', () => {
    const diagnosis = conclude(evidence().fds(54, 64));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'fd-exhaustion',
      severity: 'warning',
      losing: { now: false },
    });
  });

  it('is not blamed on the workers when the master runs out at a reload', () => {
    const diagnosis = conclude(
      evidence().workers([101, 102]).fds(20, 1024).line('socket-emfile', 1, { pid: 100, level: 'emerg' }),
    );
    expect(diagnosis.cause, told(diagnosis)).not.toBe('fd-exhaustion');
  });
});
