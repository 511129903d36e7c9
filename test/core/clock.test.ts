import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSteadyClock } from '../../src/core/clock.ts';

const START = Date.UTC(2026, 0, 1);

/** A clock that the test steps and slews. */
function machine() {
  const system = { wall: START, mono: 1_000, now: () => system.wall, monotonicMs: () => system.mono };
  const pass = (ms: number, slewMs = 0): void => {
    system.mono += ms;
    system.wall += ms + slewMs;
  };
  return { system, pass, clock: createSteadyClock(system) };
}

describe('the steady clock', () => {
  it('equals the wall clock without steps', () => {
    const { clock, pass } = machine();
    pass(90_000);
    expect(clock.now()).toBe(START + 90_000);
    expect([clock.aheadMs(), clock.takeStep()]).toEqual([0, 0]);
  });

  it.each([-86_400_000, -3_600_000, 3_600_000, 86_400_000])(
    'advances evenly across a step of %i ms until it is applied',
    (by) => {
      const { system, clock, pass } = machine();
      pass(5_000);
      system.wall += by;
      pass(1_000);
      expect([clock.now(), clock.aheadMs()]).toEqual([START + 6_000, by]);
      expect(clock.takeStep()).toBe(by);
      expect([clock.now(), clock.aheadMs(), clock.takeStep()]).toEqual([system.wall, 0, 0]);
    },
  );

  it('follows slewing by NTP within half a second', () => {
    const { system, clock, pass } = machine();
    const taken: number[] = [];
    for (let second = 0; second < 4_000; second++) {
      pass(1_000, 0.5);
      taken.push(clock.takeStep());
      expect(Math.abs(clock.now() - system.wall)).toBeLessThanOrEqual(500);
    }
    expect(taken.filter((by) => by !== 0)).toHaveLength(4);
  });

  it('measures real time between applied steps', () => {
    const event = fc.record({
      passMs: fc.nat(100_000),
      stepMs: fc.integer({ min: -1e8, max: 1e8 }),
      take: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { system, clock, pass } = machine();
        for (const { passMs, stepMs, take } of events) {
          system.wall += stepMs;
          if (take) clock.takeStep();
          const from = clock.now();
          pass(passMs);
          expect(clock.now() - from).toBe(passMs);
        }
      }),
    );
  });
});
