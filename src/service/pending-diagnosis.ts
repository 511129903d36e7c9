import type { Diagnosis } from '../core/diagnosis.ts';

/** The diagnosis while there is no evidence yet: `cannot-tell`, with the reason in `summary`. */
export function pendingDiagnosis(asOf: number, summary: string): Diagnosis {
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
