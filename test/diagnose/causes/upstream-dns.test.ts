import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-dns', () => {
  it('is certain when a name cannot be resolved, with the resolver’s own reason', () => {
    const diagnosis = conclude(
      calm().line('upstream-name-unresolved', 1, { count: 5, captures: { name: 'app.internal', errno: '110' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-dns', confidence: 'certain' });
    expect(diagnosis.summary).toContain('app.internal cannot be resolved: the resolver does not answer');
  });

  it('is not named when a resolved address refuses', () => {
    expect(conclude(calm().line('connect-refused', 1, connecting('111', 'http://app.internal:80/'))).cause).toBe(
      'upstream-down',
    );
  });
});
