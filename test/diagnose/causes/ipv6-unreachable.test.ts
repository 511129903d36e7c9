import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('ipv6-unreachable', () => {
  it('is certain for errno 101 and 99 on an IPv6 literal', () => {
    for (const [pattern, errno] of [
      ['connect-unreachable', '101'],
      ['connect-no-address', '99'],
    ] as const) {
      const line = {
        count: 4,
        captures: { errno, peer: '[2001:db8::1]:443', upstream: 'https://[2001:db8::1]:443/x' },
      };
      expect(conclude(calm().line(pattern, 1, line))).toMatchObject({
        cause: 'ipv6-unreachable',
        confidence: 'certain',
      });
    }
  });

  it('is not named when IPv4 addresses lack a port', () => {
    expect(conclude(calm().line('connect-no-address', 1, connecting('99'))).cause).toBe('port-exhaustion');
  });
});
