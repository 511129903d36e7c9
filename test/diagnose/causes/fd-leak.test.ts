import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

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

  /** One sample in five minutes over `hours`; connections come and go by 40 and hide a slow leak for minutes. */
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

  it('is not concluded from minutes of noise, nor where a cache of open files explains them', () => {
    expect(conclude(creeping(0.5)).cause).toBeNull();
    expect(conclude(creeping(6, { openFileCacheFiles: 1000 })).cause).toBeNull();
  });

  it('is ruled out when they climb with the connections', () => {
    expect(conclude(growing(320))).toMatchObject({ verdict: 'healthy' });
  });
});
