import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-denied', () => {
  it('is certain for errno 13', () => {
    expect(conclude(calm().line('connect-denied', 1, connecting('13')))).toMatchObject({
      cause: 'upstream-denied',
      confidence: 'certain',
    });
  });

  it('is not named for a refusal by the upstream', () => {
    expect(conclude(calm().line('connect-refused', 1, connecting('111'))).cause).toBe('upstream-down');
  });
});
