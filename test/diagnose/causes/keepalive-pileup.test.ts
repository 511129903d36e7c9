import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const refused = { count: 20, level: 'alert', captures: { slots: '128' } } as const;

describe('keepalive-pileup', () => {
  it('is confirmed once nginx has closed idle connections for seconds, and may pass after one line', () => {
    const full = { active: 120, waiting: 118, writing: 1, reading: 1 };
    const given = () => evidence().slots([117, 10]).page(full).line('worker-connections-reuse', 1, { level: 'warn' });
    expect(conclude(given().line('worker-connections-reuse', 8, { level: 'warn' }))).toMatchObject({
      cause: 'keepalive-pileup',
      lasting: true,
    });
    expect(conclude(given())).not.toHaveProperty('lasting');
  });

  const idle = { active: 115, waiting: 113, writing: 1, reading: 0 };

  it('is a warning when idle clients fill the slots and nginx makes room (src/nginx/README.md §4.2)', () => {
    const diagnosis = conclude(
      evidence().slots([117, 10]).page(idle).line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'keepalive-pileup',
      severity: 'warning',
      losing: { now: false },
    });
    expect(diagnosis.fixes[0]).toMatchObject({ directive: 'keepalive_timeout', from: '75 s', to: '15s' });
  });

  it('is ruled out when Waiting is high but slots are free', () => {
    const diagnosis = conclude(evidence().slots([45, 44]).page({ active: 88, waiting: 86, writing: 1 }));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'healthy' });
    expect(diagnosis.ruledOut).toContainEqual({
      cause: 'keepalive-pileup',
      because: 'Waiting is 98% of the connections, but slots are free',
    });
  });

  it('is ruled out only by a page on which more than half of the connections wait', () => {
    const isRuledOut = (waiting: number | null) => {
      const given = evidence().slots([45, 44]);
      if (waiting !== null) given.page({ active: 88, waiting, writing: 88 - waiting });
      return conclude(given).ruledOut.some((out) => out.cause === 'keepalive-pileup');
    };
    expect([isRuledOut(60), isRuledOut(40), isRuledOut(null)]).toEqual([true, false, false]);
  });

  it('is not named for a burst whose first bytes are not read yet', () => {
    const between = { active: 3, waiting: 2, writing: 1 };
    const diagnosis = conclude(
      evidence().slots([117, 10]).page(idle, between).line('worker-connections-reuse', 1, { level: 'warn' }),
    );
    expect(diagnosis.cause, told(diagnosis)).toBeNull();
  });

  it('is ruled out while clients are turned away', () => {
    const diagnosis = conclude(evidence().slots([127, 127]).page(idle).line('worker-connections', 1, refused));
    expect(diagnosis.cause, told(diagnosis)).not.toBe('keepalive-pileup');
  });
});
