import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncidentChange, Intent } from '../../src/core/incident.ts';
import { type LifecycleEvent, reduce } from '../../src/incident/lifecycle.ts';
import { initialState, type LifecycleState } from '../../src/incident/state.ts';
import { diagnosis, healthy, losing, RULES, warning } from './support/diagnoses.ts';

const cause = fc.constantFrom('slow-upstream', 'slow-clients', 'slot-capacity', 'upstream-down', 'fd-exhaustion');
const confidence = fc.constantFrom('certain', 'likely', 'possible' as const);
const anyDiagnosis = fc.oneof(
  fc.constant(healthy),
  fc.constant(diagnosis({ verdict: 'cannot-tell' })),
  fc.constant(losing('', { verdict: 'cannot-tell', cause: null })),
  fc
    .record({ cause, also: fc.array(cause, { maxLength: 2 }), confidence })
    .map((r) => losing(r.cause, { alsoPresent: r.also, confidence: r.confidence as 'certain' })),
  cause.map((name) => warning(name, { secondsLeft: 5 })),
);
const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 40_000 }),
  host: fc.constantFrom('web-1', 'web-2'),
  repeat: fc.integer({ min: 1, max: 5 }),
  anyDiagnosis,
  intent: fc.option(fc.constantFrom('acknowledge', 'unacknowledge', 'snooze', 'resolve' as const), { freq: 3 }),
});

interface Run {
  readonly states: LifecycleState[];
  readonly changes: IncidentChange[];
}

function run(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Run {
  let state = initialState();
  let at = 1_000;
  const done: Run = { states: [], changes: [] };
  const feed = (event: LifecycleEvent) => {
    const reduced = reduce(state, event, RULES);
    state = reduced.state;
    done.states.push(state);
    done.changes.push(...reduced.changes);
  };
  for (const { afterMs, host, repeat, anyDiagnosis: diagnosed, intent } of steps) {
    for (let i = 0; i < repeat; i++) {
      at += Math.ceil(afterMs / repeat);
      feed({ kind: 'diagnosis', at, host, diagnosis: diagnosed });
    }
    const target = state.tracked[0]?.incident.id ?? 'inc-none';
    if (intent !== null)
      feed({ kind: 'intent', intent: { kind: intent, incidentId: target, by: 'U1', at, forMs: 30_000 } as Intent });
  }
  return done;
}

describe('whatever happens', () => {
  it('never has two open incidents of one cause and host', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        for (const { tracked } of run(steps).states) {
          const names = tracked.map(({ incident }) => `${incident.host} ${incident.cause}`);
          expect(new Set(names).size).toBe(names.length);
          expect(tracked.every(({ incident }) => incident.state !== 'resolved')).toBe(true);
        }
      }),
    );
  });

  it('starts with opened, increments rev at each change, and ends with resolved', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { changes } = run(steps);
        for (const id of new Set(changes.map(({ incident }) => incident.id))) {
          const story = changes.filter(({ incident }) => incident.id === id);
          expect(story.map(({ incident }) => incident.rev)).toEqual(story.map((_, i) => i + 1));
          expect(story.findIndex(({ kind }) => kind === 'opened')).toBe(0);
          const end = story.findIndex(({ kind }) => kind === 'resolved');
          expect(end === -1 || end === story.length - 1).toBe(true);
          expect(story.every(({ at }, i) => at >= (story[i - 1]?.at ?? 0))).toBe(true);
        }
      }),
    );
  });

  it('gives the same changes for the same events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        expect(run(steps)).toEqual(run(steps));
      }),
      { numRuns: 30 },
    );
  });
});
