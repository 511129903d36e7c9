/**
 * Builds the answer of a check. The samples it is based on decide its age, and an answer without samples is never `ok`.
 */
import type { Evidence } from '../core/evidence.ts';
import type { CheckId, CheckResult, CheckStatus } from '../core/report.ts';
import type { Findings } from '../findings/findings.ts';
import type { Blind } from './look.ts';

/** One quick check. Each file of `checks/checks/` exports one as `check`. */
export interface Check {
  /** Equals the file name. */
  readonly id: string;
  /** Position in a list of all checks: lower first. */
  readonly place: number;
  /** What it shows, for the help of `/nginx-status`. */
  readonly does: string;
  readonly judge: (evidence: Evidence, findings: Findings) => CheckResult;
}

export interface AnswerParts {
  readonly status: CheckStatus;
  /** Sentences. Empty ones are left out. */
  readonly text: readonly (string | null)[];
  readonly values: CheckResult['values'];
  readonly equivalent: string;
  /** The samples the answer is based on. */
  readonly basis: readonly { readonly at: number }[];
}

export function answer(check: CheckId, evidence: Evidence, parts: AnswerParts): CheckResult {
  const { status, values, equivalent, basis } = parts;
  const oldest = basis.length === 0 ? null : Math.min(...basis.map(({ at }) => at));
  return {
    check,
    status,
    text: parts.text.filter((sentence) => sentence !== null && sentence !== '').join(' '),
    values,
    asOf: oldest === null ? null : new Date(oldest).toISOString(),
    ageMs: oldest === null ? null : Math.max(0, evidence.asOf - oldest),
    equivalent,
  };
}

export interface BlindParts {
  /** What could not be sampled, e.g. `Connection slots`. */
  readonly what: string;
  readonly remedy: string;
  readonly equivalent: string;
}

/** The answer without evidence: its reason and its remedy. */
export function couldNotLook(check: CheckId, evidence: Evidence, blind: Blind, parts: BlindParts): CheckResult {
  const because = blind.detail === '' ? blind.reason : `${blind.reason}: ${blind.detail}`;
  return answer(check, evidence, {
    status: 'unknown',
    text: [`${parts.what} could not be read (${because}).`, `${parts.remedy}.`],
    values: { reason: blind.reason, detail: blind.detail, remedy: parts.remedy },
    equivalent: parts.equivalent,
    basis: blind.at === null ? [] : [{ at: blind.at }],
  });
}

const SEVERITY: Readonly<Record<CheckStatus, number>> = { critical: 3, warning: 2, unknown: 1, ok: 0 };

export function worst(...statuses: readonly CheckStatus[]): CheckStatus {
  return statuses.reduce((a, b) => (SEVERITY[b] > SEVERITY[a] ? b : a), 'ok');
}

export function grade(value: number, warningFrom: number, criticalFrom: number): CheckStatus {
  if (value >= criticalFrom) return 'critical';
  return value >= warningFrom ? 'warning' : 'ok';
}

/** Worst first. Equal ones keep their order. */
export function worstFirst(results: readonly CheckResult[]): CheckResult[] {
  return results.toSorted((a, b) => SEVERITY[b.status] - SEVERITY[a.status]);
}
