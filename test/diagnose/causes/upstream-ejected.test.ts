import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-ejected', () => {
  it('is certain when every server was disabled and none is asked', () => {
    const diagnosis = conclude(
      calm()
        .line('upstream-disabled', 4, { level: 'warn' })
        .line('no-live-upstreams', 1, { count: 30, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-ejected',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true },
    });
    expect(diagnosis.summary).toContain('after 1 failure nginx avoids a server for 10 s');
  });

  it('is not the root when connects were refused first: the first error names the cause', () => {
    const diagnosis = conclude(
      calm()
        .line('connect-refused', 4, connecting('111'))
        .line('no-live-upstreams', 1, { count: 30, captures: { upstream: 'http://app/x' } }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-down', alsoPresent: ['upstream-ejected'] });
  });
});
