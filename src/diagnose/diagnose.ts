/**
 * Turns evidence into one verdict. Pure: equal evidence gives equal causes and words. It answers `cannot-tell` instead
 * of guessing a cause, and missing evidence never counts as health.
 */
import { compareSeverity, type Diagnosis, type RuledOut } from '../core/diagnosis.ts';
import type { Evidence } from '../core/evidence.ts';
import { isoTime } from '../core/format.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../findings/config.ts';
import { type Findings, findingsOf } from '../findings/findings.ts';
import type { Cause, Confirmed } from './cause.ts';
import { type Judged, type Ranking, rank } from './rank.ts';
import {
  type Alone,
  cannotTellBetween,
  healthy,
  lookFailed,
  nothingToSee,
  symptomOnly,
  unexplainedAnswers,
  unexplainedFailures,
  unexplainedLoss,
  type Verdictless,
} from './verdicts.ts';

/** A diagnosis is stored, streamed and posted, so its size must not depend on what strangers send. */
const MOST_EVIDENCE = 24;

/** `causes` are all files of `causes/`, in any order. */
export function diagnose(
  evidence: Evidence,
  causes: readonly Cause[],
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): Diagnosis {
  const findings = findingsOf(evidence, thresholds);
  const confirmed: Judged[] = [];
  const ruledOut: RuledOut[] = [];
  for (const cause of causes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const judgement = cause.judge(evidence, findings);
    if (judgement?.verdict === 'confirmed') confirmed.push({ cause, judgement });
    else if (judgement !== null) ruledOut.push({ cause: cause.id, because: judgement.because });
  }
  const ranking = rank(confirmed, new Map(causes.map((cause) => [cause.id, cause])));
  const verdict = conclude(evidence, findings, ranking);
  return {
    ...verdict,
    evidenceFor: verdict.evidenceFor.slice(0, MOST_EVIDENCE),
    asOf: new Date(evidence.asOf).toISOString(),
    ruledOut,
    notObservable: evidence.notObservable,
  };
}

function conclude(evidence: Evidence, findings: Findings, ranking: Ranking): Verdictless {
  const { winner, also, rivals } = ranking;
  const notes = also.filter(({ cause }) => cause.kind === 'note');
  if (winner === null) {
    const loss =
      unexplainedLoss(findings) ??
      unexplainedFailures(findings) ??
      unexplainedAnswers(evidence, findings) ??
      lookFailed(evidence);
    if (loss !== null) return { ...loss, alsoPresent: ids(notes) };
    return nothingToSee(evidence, findings) ?? { ...healthy(evidence, findings, notes), alsoPresent: ids(notes) };
  }
  if (winner.judgement.symptomOnly === true) return { ...symptomOnly(winner), alsoPresent: ids([winner, ...also]) };
  if (rivals.length > 0) return { ...cannotTellBetween(winner, rivals), alsoPresent: ids(also) };
  const whole = { ...winner, judgement: withConsequences(winner.judgement, ranking.explained) };
  return { ...named(whole), alsoPresent: ids(also) };
}

function ids(judged: readonly Judged[]): string[] {
  return judged.map(({ cause }) => cause.id);
}

/** A root takes the worst severity of its consequences, and their loss when it has none itself. */
function withConsequences(judgement: Confirmed, consequences: readonly Judged[]): Confirmed {
  const all = [judgement, ...consequences.map((judged) => judged.judgement)];
  const severity = all.map((one) => one.severity).reduce((a, b) => (compareSeverity(b, a) > 0 ? b : a));
  const losing = judgement.losing.now
    ? judgement.losing
    : (all.find((one) => one.losing.now)?.losing ?? judgement.losing);
  const known = new Set(judgement.evidenceFor.map(({ signal }) => signal));
  const more = consequences
    .flatMap((judged) => judged.judgement.evidenceFor)
    .filter(({ signal }) => !known.has(signal));
  return {
    ...judgement,
    severity,
    losing: { ...losing, perSecond: tenths(losing.perSecond) },
    evidenceFor: [...judgement.evidenceFor, ...more],
  };
}

const tenths = (value: number) => Math.round(value * 10) / 10;

function named({ cause, judgement }: Judged): Alone {
  const { confidence, severity, losing, since, summary, evidenceFor, fixes, doNot, nextChecks } = judgement;
  const secondsLeft = judgement.secondsLeft ?? null;
  return {
    verdict: 'named',
    cause: cause.id,
    confidence,
    severity,
    losing,
    since: isoTime(since),
    summary,
    evidenceFor,
    fixes,
    doNot,
    nextChecks,
    secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft),
    ...(judgement.lasting === true ? { lasting: true } : {}),
  };
}
