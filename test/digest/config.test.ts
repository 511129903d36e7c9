import fc from 'fast-check';
import cron from 'node-cron';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { cronProblem } from '../../src/core/cron-expression.ts';
import { createWallClock, dayAndMinute, dayAndMonth } from '../../src/core/wall-clock.ts';

const refusal = (text: string): string => {
  try {
    parseConfig(text, 'gapwatch.yml', {});
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the digest config', () => {
  it('refuses an invalid expression or zone with file, line and reason', () => {
    expect(refusal("digest:\n  cron: '0 25 * * *'\n")).toMatch(/^gapwatch\.yml:2: digest\.cron: .*hour.*0 to 23/);
    expect(refusal("digest: { cron: '0 9 * *' }")).toMatch(/^gapwatch\.yml:1: digest\.cron: .*4 fields/);
    expect(refusal("digest:\n  cron: '0 9 * * *'\n  timezone: Europe/Berln\n")).toMatch(
      /^gapwatch\.yml:3: digest\.timezone: "Europe\/Berln"/,
    );
    expect(refusal("digest: { cron: '*/30 6-22/2 1,15 jan-mar MON-fri', timezone: Asia/Kolkata }")).toBe('accepted');
  });

  it('accepts nothing that node-cron refuses', () => {
    const number = fc.integer({ min: 0, max: 62 }).map(String);
    const atom = fc.oneof(number, fc.constantFrom('*', 'mon', 'Jan', 'sun', '', 'x', 'L', '-', '7', '0'));
    const range = fc.tuple(atom, atom).map(([from, to]) => `${from}-${to}`);
    const part = fc.oneof(
      atom,
      range,
      fc.tuple(fc.oneof(atom, range), number).map(([of, step]) => `${of}/${step}`),
    );
    const field = fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(','));
    let accepted = 0;
    fc.assert(
      fc.property(field, fc.integer({ min: 0, max: 4 }), (text, place) => {
        const expression = ['*', '*', '*', '*', '*'].with(place, text).join(' ');
        if (cronProblem(expression) !== null) return;
        accepted++;
        expect(cron.validate(expression), expression).toBe(true);
      }),
      // A fixed seed makes the count below a fact about the generator.
      { numRuns: 3000, seed: 42 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

describe('the wall clock', () => {
  it('shows the time of the zone, in summer and in winter', () => {
    const berlin = createWallClock('Europe/Berlin');
    expect(dayAndMinute(berlin(Date.parse('2026-07-01T22:30:00Z')))).toBe('2026-07-02 00:30');
    expect(dayAndMinute(berlin(Date.parse('2026-12-31T23:30:00Z')))).toBe('2027-01-01 00:30');
    expect(dayAndMonth(berlin(Date.parse('2026-11-30T23:30:00Z')))).toBe('1 Dec');
    expect(berlin(Date.parse('2026-11-21T12:00:00.250Z')) % 1000).toBe(250);
  });
});
