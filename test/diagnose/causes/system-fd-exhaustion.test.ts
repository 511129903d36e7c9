import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

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
