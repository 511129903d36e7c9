import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

const limit = (value: number) => ({ workerRlimitNofile: { value, place: place(4) } });

describe('fd-leak', () => {
  const growing = (slotsNow: number) => {
    const builder = evidence();
    for (let minute = 5; minute >= 0; minute--) {
      const used = 400 + (5 - minute) * 60;
      builder.fds(used, 1024, minute * 60);
      const slots = Math.round(20 + ((slotsNow - 20) * (5 - minute)) / 5);
      builder.sample('slots', minute * 60, {
        workers: [{ pid: 101, used: slots, limit: 1024, method: 'exact' }],
        old: [],
      });
    }
    return builder;
  };

  it('is likely when descriptors climb and connections do not', () => {
    const diagnosis = conclude(growing(20));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'fd-leak', confidence: 'likely', severity: 'warning' });
    expect(diagnosis.summary).toContain('60 descriptors a minute');
  });

  /** One look in five minutes over `hours`; connections come and go by 40 and hide a slow leak for minutes. */
  const creeping = (hours: number, over: Parameters<typeof evidence>[0] = {}) => {
    const builder = evidence(over);
    for (let look = hours * 12; look >= 0; look--) {
      const slots = 60 + 20 * (look % 3);
      const used = 700 - look + slots;
      builder.fds(used, 1024, look * 300);
      const workers = [{ pid: 101, used: slots, limit: 1024, method: 'exact' as const }];
      builder.sample('slots', look * 300, { workers, old: [] });
    }
    return builder;
  };

  it('is likely when descriptors creep up for hours', () => {
    const diagnosis = conclude(creeping(6));
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'fd-leak', confidence: 'likely' });
    expect(diagnosis.summary).toContain('12 descriptors an hour');
  });

  it('is not told from minutes of noise, nor where a cache of open files explains them', () => {
    expect(conclude(creeping(0.5)).cause).toBeNull();
    expect(conclude(creeping(6, { openFileCacheFiles: 1000 })).cause).toBeNull();
  });

  it('is ruled out when they climb with the connections', () => {
    expect(conclude(growing(320))).toMatchObject({ verdict: 'healthy' });
  });
});

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

describe('system-fd-exhaustion', () => {
  it('is certain for errno 23', () => {
    const diagnosis = conclude(evidence().slots([9, 9]).line('accept-enfile', 1, { count: 5, level: 'crit' }));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'system-fd-exhaustion',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
  });

  it('is not named for errno 24', () => {
    expect(conclude(evidence().slots([9, 9]).line('accept-emfile', 1, { count: 5, level: 'crit' })).cause).toBe(
      'fd-exhaustion',
    );
  });
});

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
