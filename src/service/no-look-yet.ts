import type { Diagnosis } from '../core/diagnosis.ts';

/** What stands for a diagnosis while there is nothing to judge; `summary` says why. */
export function noLookYet(asOf: number, summary: string): Diagnosis {
  return {
    verdict: 'cannot-tell',
    cause: null,
    alsoPresent: [],
    confidence: 'possible',
    severity: 'info',
    losing: { now: false, perSecond: 0, total: 0, how: null },
    since: null,
    asOf: new Date(asOf).toISOString(),
    summary,
    evidenceFor: [],
    ruledOut: [],
    notObservable: [],
    fixes: [],
    doNot: [],
    nextChecks: [],
  };
}
