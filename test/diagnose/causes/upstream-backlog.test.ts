import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const connecting = (errno: string, target = 'http://10.0.0.5:9000/x', count = 8) => ({
  count,
  captures: { errno, phase: 'connecting to upstream', upstream: target },
});
const calm = () => evidence().slots([10, 10]);

describe('upstream-backlog', () => {
  it('is certain for errno 11 on a unix socket', () => {
    const diagnosis = conclude(calm().line('connect-queue-full', 1, connecting('11', 'fastcgi://unix:/run/php.sock:')));
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'upstream-backlog',
      confidence: 'certain',
      severity: 'critical',
    });
    expect(diagnosis.summary).toContain('unix:/run/php.sock does not accept');
  });

  it('is likely for connect timeouts to a local port while a queue that is not nginx’s overflows', () => {
    const local = connecting('110', 'http://127.0.0.1:9000/x');
    const diagnosis = conclude(
      calm()
        .queue(0, 511)
        .kernel({ listenOverflows: 10 }, 5)
        .kernel({ listenOverflows: 90 })
        .line('upstream-connect-timeout', 1, local),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({ cause: 'upstream-backlog', confidence: 'likely' });
  });

  it('is not named for a timeout of a remote address', () => {
    expect(conclude(calm().line('upstream-connect-timeout', 1, connecting('110'))).cause).toBe('upstream-unreachable');
  });
});
