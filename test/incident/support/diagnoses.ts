/** Diagnoses with only the fields that the reducer reads, and rules over a small family of causes. */
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { IncidentChange } from '../../../src/core/incident.ts';
import { incidentConfig } from '../../../src/incident/config.ts';
import type { LifecycleRules } from '../../../src/incident/lifecycle.ts';
import { reduce } from '../../../src/incident/lifecycle.ts';
import { initialState, type LifecycleState } from '../../../src/incident/state.ts';

const ROOTS: Readonly<Record<string, readonly string[]>> = {
  'slow-upstream': ['slot-capacity'],
  'slow-clients': ['slot-capacity'],
};

const follows = (root: string, consequence: string) => ROOTS[root]?.includes(consequence) === true;

export const RULES: LifecycleRules = {
  config: incidentConfig.parse({}),
  follows,
  related: (a, b) => follows(a, b) || follows(b, a) || (ROOTS[a]?.some((id) => follows(b, id)) ?? false),
};

export function diagnosis(over: Partial<Diagnosis> = {}): Diagnosis {
  return {
    verdict: 'healthy',
    cause: null,
    alsoPresent: [],
    confidence: 'certain',
    severity: 'info',
    losing: { now: false, perSecond: 0, total: 0, how: null },
    since: null,
    asOf: '2026-01-01T00:00:00.000Z',
    summary: 'a summary',
    evidenceFor: [],
    ruledOut: [],
    notObservable: [],
    fixes: [],
    doNot: [],
    nextChecks: [],
    ...over,
  };
}

export const healthy = diagnosis();

export function losing(cause: string, over: Partial<Diagnosis> = {}): Diagnosis {
  const loss = { now: true, perSecond: 5, total: 50, how: '500s' };
  return diagnosis({ verdict: 'named', cause, severity: 'critical', losing: loss, ...over });
}

export function warning(cause: string, over: Partial<Diagnosis> = {}): Diagnosis {
  return diagnosis({ verdict: 'named', cause, severity: 'warning', ...over });
}

/** Feeds diagnoses at given seconds and records the state and the changes. */
export class Story {
  state: LifecycleState;
  readonly changes: IncidentChange[] = [];
  private readonly rules: LifecycleRules;

  constructor(state: LifecycleState = initialState(), rules: LifecycleRules = RULES) {
    this.state = state;
    this.rules = rules;
  }

  at(seconds: number, given: Diagnosis, host = 'web-1'): this {
    const reduced = reduce(this.state, { kind: 'diagnosis', at: seconds * 1000, host, diagnosis: given }, this.rules);
    this.state = reduced.state;
    this.changes.push(...reduced.changes);
    return this;
  }

  /** One diagnosis a second from `from` to `to`, both included. */
  every(from: number, to: number, given: Diagnosis): this {
    for (let second = from; second <= to; second++) this.at(second, given);
    return this;
  }

  get kinds(): string[] {
    return this.changes.map(({ kind }) => kind);
  }

  get last() {
    return this.changes.at(-1)?.incident;
  }
}
