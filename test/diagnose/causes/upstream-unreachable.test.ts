import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-unreachable', () => {
  it('is certain without a route', () => {
    const diagnosis = conclude(calm().line('connect-unreachable', 1, connecting('113')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-unreachable',
      confidence: 'certain',
      losing: { now: true },
    });
  });

  it('is likely when connects time out', () => {
    expect(conclude(calm().line('upstream-connect-timeout', 1, connecting('110')))).toMatchObject({
      cause: 'upstream-unreachable',
      confidence: 'likely',
    });
  });

  it('is ruled out for a connect that times out on loopback, and is not where there is no route to it', () => {
    const local = (errno: string) => connecting(errno, 'http://127.0.0.1:9000/x');
    const timedOut = conclude(calm().line('upstream-connect-timeout', 1, local('110')));
    expect(timedOut.ruledOut).toContainEqual({
      cause: 'upstream-unreachable',
      because: expect.stringContaining('on loopback, where no packet gets lost'),
    });
    expect(conclude(calm().line('connect-unreachable', 1, local('113'))).cause).toBe('upstream-unreachable');
  });

  it('is not named for read timeouts', () => {
    const slow = {
      count: 9,
      captures: { errno: '110', phase: 'reading response header from upstream', upstream: 'http://10.0.0.5:9000/x' },
    };
    expect(conclude(calm().line('upstream-read-timeout', 1, slow)).cause).toBe('slow-upstream');
  });
});
