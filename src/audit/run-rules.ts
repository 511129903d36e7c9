/** Puts every rule to one configuration. Pure: whoever calls has found the rules. */
import type { Severity } from '../core/diagnosis.ts';
import type { Settings } from '../nginx/settings.ts';
import type { Finding, HostFacts, Rule } from './rule.ts';

const GRAVEST_FIRST: readonly Severity[] = ['critical', 'warning', 'info'];

const compare = (a: Finding, b: Finding): number =>
  GRAVEST_FIRST.indexOf(a.severity) - GRAVEST_FIRST.indexOf(b.severity) ||
  (a.file ?? '').localeCompare(b.file ?? '') ||
  (a.line ?? 0) - (b.line ?? 0);

/** All findings, gravest first, then by place. */
export function runRules(rules: readonly Rule[], settings: Settings, host: HostFacts): Finding[] {
  const findings = rules.flatMap(({ id, reference, judge }) =>
    judge(settings, host).map(({ place, ...said }) => ({
      rule: id,
      ...said,
      file: place?.file ?? null,
      line: place?.line ?? null,
      reference,
    })),
  );
  return findings.sort(compare);
}
