import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/core/incident.ts';
import { type Load, niceSlots, recommend } from '../../src/digest/recommend.ts';
import { incidentAt } from '../service/support/recorded-traffic.ts';

const CALM: Load = {
  averagePeak: 100,
  peak: 180,
  slotLimit: 1024,
  workers: 4,
  upstreamPerClient: 0.5,
  proxies: true,
  fdPeak: 240,
  fdSoftLimit: 4096,
  expectedRatio: null,
  slotsPlace: { file: '/etc/nginx/nginx.conf', line: 5 },
};
const textOf = (load: Load | null, incidents: readonly Incident[] = []): string => {
  const { text, numbers } = recommend(load, incidents);
  return [text, ...numbers].join('\n');
};

describe('the recommended change', () => {
  it('is none when the slots are sufficient, with the numbers', () => {
    expect(recommend(CALM, [])).toMatchObject({ kind: 'none', snippet: null });
    expect(textOf(CALM)).toContain('needs: 300–500 (3–5 × 100, the average hourly peak of one worker)');
  });

  it('uses the measured upstream sockets instead of the assumed doubling', () => {
    expect(textOf(CALM)).toContain('Measured 0.50 upstream sockets for each client, so 1.50 slots a client');
    expect(textOf(CALM)).toContain('assumes 2');
    expect(textOf({ ...CALM, proxies: false })).toContain('assumes 1');
    expect(textOf({ ...CALM, upstreamPerClient: null })).toContain('so the figure is not doubled');
  });

  it('raises the slots when the traffic needs more, with the cost', () => {
    const { kind, text, snippet, numbers } = recommend({ ...CALM, averagePeak: 500, peak: 900 }, []);
    expect(kind).toBe('worker-connections');
    expect(text).toBe('Raise worker_connections from 1024 to 2048 (/etc/nginx/nginx.conf:5).');
    expect(snippet).toBe('worker_rlimit_nofile 4096;\nevents {\n    worker_connections 2048;\n}');
    expect(numbers.join('\n')).toContain('Descriptors that 2,048 slots need: 4,096 a worker');
    // 2048 slots × 4 workers × 432 bytes.
    expect(numbers.join('\n')).toContain('Memory they cost: 3.4 MiB for 2,048 slots in 4 workers');
  });

  it('raises them before a rise fills them, and not for a rise that ends below 80%', () => {
    expect(recommend({ ...CALM, averagePeak: 330, expectedRatio: 0.85 }, []).kind).toBe('worker-connections');
    expect(recommend({ ...CALM, averagePeak: 330, expectedRatio: 0.7 }, []).kind).toBe('none');
  });

  it('says that the limit cut off a peak', () => {
    expect(textOf({ ...CALM, peak: 1024 })).toContain('At least: the limit cut the peak off.');
  });

  it('names descriptors when they run out first', () => {
    const { kind, text } = recommend({ ...CALM, fdPeak: 900, fdSoftLimit: 1024 }, []);
    expect(kind).toBe('descriptors');
    expect(text).toBe('Raise worker_rlimit_nofile to 2048: a worker used 900 of 1,024 descriptors.');
  });

  it('fixes the cause of full slots before it adds slots', () => {
    const slow = incidentAt(0);
    const full = incidentAt(0, { cause: 'slot-capacity', lostTotal: 9_000 });
    const scarce = { ...CALM, averagePeak: 500, peak: 1024 };
    expect(recommend(scarce, [slow, full])).toMatchObject({ kind: 'incident-fix', snippet: 'proxy_read_timeout 5s;' });
    // The cost of the additional slots is listed too.
    expect(recommend(scarce, [slow]).numbers.join('\n')).toMatch(
      /Descriptors that [\d,]+ slots need.*Memory they cost/s,
    );
    expect(recommend(scarce, [full]).kind).toBe('worker-connections');
    expect(recommend(scarce, [{ ...slow, severity: 'warning' }]).kind).toBe('worker-connections');
  });

  it('is none without measurements', () => {
    expect(recommend(null, []).text).toBe('None: slots were not measured.');
  });
});

describe('common sizes', () => {
  it('are sufficient and, beyond 512, never more than twice the need', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (needed) => {
        const size = niceSlots(needed);
        expect(size).toBeGreaterThanOrEqual(needed);
        expect(size).toBeLessThan(Math.max(513, needed * 2));
        expect(size % 512).toBe(0);
      }),
    );
  });
});
