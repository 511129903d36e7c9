/** Runs quick checks over one evidence, for both `gapwatch status` and `/nginx-status`. */
import type { Evidence } from '../core/evidence.ts';
import { redactAll } from '../core/redact.ts';
import type { CheckResult } from '../core/report.ts';
import type { Thresholds } from '../findings/config.ts';
import { findingsOf } from '../findings/findings.ts';
import type { Check } from './answer.ts';

/** The results in the order of `checks`; `worstFirst` of answer.ts sorts them. */
export function runChecks(checks: readonly Check[], evidence: Evidence, thresholds: Thresholds): CheckResult[] {
  const findings = findingsOf(evidence, thresholds);
  return checks.map(({ judge }) => redactAll(judge(evidence, findings), 'keep'));
}
