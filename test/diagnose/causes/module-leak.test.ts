import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const alert = (count: number, captures: Record<string, string> = {}) => ({
  count,
  level: 'alert' as const,
  captures: { slots: '128', ...captures },
});

describe('module-leak', () => {
  it('is named when a worker says it is full and holds few sockets', () => {
    const diagnosis = conclude(
      evidence({ thirdPartyModules: ['lua'] })
        .slots([40, 38])
        .line('worker-connections-upstream', 1, alert(3, { context: 'ngx.timer' })),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'module-leak',
      confidence: 'likely',
      severity: 'critical',
    });
  });

  it('is named when the sockets were counted within a second of the line, not when only earlier or later', () => {
    const workers = [{ pid: 101, used: 40, limit: 128, method: 'exact' as const }];
    const named = (countedAgo: number, loggedAgo: number) =>
      conclude(
        evidence({ thirdPartyModules: ['lua'] })
          .sample('slots', countedAgo, { workers, old: [] })
          .line('worker-connections-upstream', loggedAgo, alert(3, { context: 'ngx.timer' })),
      ).cause === 'module-leak';
    expect([named(3, 4), named(3, 5)]).toEqual([true, false]);
    expect([named(4, 3), named(5, 3)]).toEqual([true, false]);
  });

  it('is named for sockets of unknown purpose', () => {
    expect(
      conclude(
        evidence({ thirdPartyModules: ['nchan'] })
          .slots([120, 20])
          .sockets({ client: 10, upstream: 5, unexplained: 100 }),
      ),
    ).toMatchObject({ cause: 'module-leak' });
  });

  it('is not named when the sockets fill the pool', () => {
    expect(
      conclude(
        evidence()
          .slots([127, 120])
          .sockets({ client: 62, upstream: 62, upstreamSilent: 62 })
          .line('worker-connections', 1, alert(3)),
      ).cause,
    ).toBe('slow-upstream');
  });
});
