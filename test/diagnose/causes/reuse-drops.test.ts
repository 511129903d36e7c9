import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';
import { place } from '../support/settings-builder.ts';

describe('reuse-drops', () => {
  const bursts = (seconds: number) => ({
    accepts: 10_000 + 150 * seconds,
    handled: 10_000 + 150 * seconds,
    requests: 20_000 + 19 * seconds,
    active: 3,
    waiting: 2,
    writing: 1,
  });
  const tiny = (level: 'error' | 'warn') => ({
    workerConnections: { value: 32, place: place(3) },
    workerCount: 1,
    errorLogs: [{ target: '/e.log', level, context: 'main' as const, place: place(2) }],
  });

  it('is certain when requests are missing and nginx reuses connections (src/nginx/README.md §4.5)', () => {
    const diagnosis = conclude(
      evidence(tiny('warn'))
        .slots([6], undefined, 32)
        .page(bursts(10), bursts(0))
        .line('worker-connections-reuse', 1, { level: 'warn', count: 8 }),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'reuse-drops',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, perSecond: 131 },
    });
  });

  it('is detected in a closed loop too, where one connection in ten is closed unread', () => {
    const loop = (seconds: number, share: number) => ({
      ...bursts(seconds),
      accepts: 10_000 + 1_900 * seconds,
      handled: 10_000 + 1_900 * seconds,
      requests: 20_000 + 1_900 * share * seconds,
    });
    const given = (share: number) =>
      conclude(
        evidence(tiny('warn'))
          .slots([6], undefined, 32)
          .page(loop(10, share), loop(0, share))
          .line('worker-connections-reuse', 1, { level: 'warn', count: 8 }),
      );
    expect(given(0.9), told(given(0.9))).toMatchObject({ cause: 'reuse-drops', confidence: 'certain' });
    expect(given(0.98).cause).not.toBe('reuse-drops');
  });

  it('is not named from counters that began again in between', () => {
    const restarted = (before: number) =>
      conclude(
        evidence(tiny('warn'))
          .slots([6], undefined, 32)
          .pageAt(15, { ...bursts(0), accepts: before, handled: before, requests: 2 * before })
          .page(bursts(10), bursts(0))
          .line('worker-connections-reuse', 1, { level: 'warn', count: 8 }),
      ).cause;
    expect([restarted(9_000), restarted(50_000)]).toEqual(['reuse-drops', null]);
  });

  it('is likely when the log level hides the only line', () => {
    expect(conclude(evidence(tiny('error')).slots([6], undefined, 32).page(bursts(10), bursts(0)))).toMatchObject({
      cause: 'reuse-drops',
      confidence: 'likely',
    });
  });

  it('is likely though a site’s own log holds warnings: reuse is logged in the main log only', () => {
    const { errorLogs, ...rest } = tiny('error');
    const own = { target: '/site.log', level: 'notice' as const, context: 'server' as const, place: place(21) };
    const sited = evidence({ ...rest, errorLogs: [...errorLogs, own] }).slots([6], undefined, 32);
    expect(conclude(sited.page(bursts(10), bursts(0)))).toMatchObject({ cause: 'reuse-drops', confidence: 'likely' });
  });

  it('is ruled out when too few connections arrive to fill the slots, whatever the log hides', () => {
    const handshakes = (seconds: number) => ({
      ...bursts(seconds),
      accepts: 10_000 + 370 * seconds,
      handled: 10_000 + 370 * seconds,
    });
    const wide = { ...tiny('error'), workerConnections: { value: 1024, place: place(3) } };
    const given = (used: number) =>
      conclude(evidence(wide).slots([used], undefined, 1024).page(handshakes(10), handshakes(0)));
    expect(given(6), told(given(6))).toMatchObject({ verdict: 'healthy' });
    expect(given(600), told(given(600))).toMatchObject({ cause: 'reuse-drops' });
  });

  it('is ruled out when the log would tell and does not: silent health checks', () => {
    expect(conclude(evidence(tiny('warn')).slots([6], undefined, 32).page(bursts(10), bursts(0)))).toMatchObject({
      verdict: 'healthy',
    });
  });

  it('is not named while a pile of idle connections takes the blow', () => {
    const idle = { ...bursts(10), active: 115, waiting: 113 };
    expect(
      conclude(
        evidence()
          .slots([117, 10])
          .page(idle, { ...bursts(0), active: 110, waiting: 108 })
          .line('worker-connections-reuse', 1, { level: 'warn' }),
      ).cause,
    ).toBe('keepalive-pileup');
  });
});
