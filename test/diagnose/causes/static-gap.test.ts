import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

describe('static-gap', () => {
  const old = { accepts: 10_066, handled: 10_000 };

  it('is a note when the gap is constant (src/nginx/README.md §4.14)', () => {
    const diagnosis = conclude(evidence().slots([5, 5]).page(old));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      verdict: 'healthy',
      alsoPresent: ['static-gap'],
      losing: { now: false },
    });
  });

  it('is not a note when the gap grows', () => {
    const diagnosis = conclude(evidence(null).page({ accepts: 10_200, handled: 10_000 }, old));
    expect(diagnosis, told(diagnosis)).toMatchObject({ verdict: 'cannot-tell', losing: { now: true } });
    expect(diagnosis.alsoPresent).not.toContain('static-gap');
  });

  it('is not claimed from a single reading', () => {
    expect(conclude(evidence(null).pageAt(0, old))).toMatchObject({ verdict: 'cannot-tell', alsoPresent: [] });
  });
});
