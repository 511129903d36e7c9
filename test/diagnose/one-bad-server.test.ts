import { describe, expect, it } from 'vitest';
import { conclude } from './support/causes.ts';
import { evidence, told } from './support/evidence-builder.ts';
import { upstream } from './support/settings-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});

describe('one bad server of two', () => {
  it('costs no client anything and is only a warning', () => {
    const pair = evidence({ upstreams: [upstream('app', ['10.0.0.5:9000', '10.0.0.6:9000'])] }).slots([10, 10]);
    const diagnosis = conclude(
      pair.line('connect-refused', 1, connecting('111')).line('upstream-disabled', 1, { level: 'warn' }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-down',
      severity: 'warning',
      losing: { now: false },
    });
  });
});
