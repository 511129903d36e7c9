/** Builds the capacity audit of the running host or of a configuration file. */

import type { Finding, HostFacts } from '../../audit/rule.ts';
import { runRules } from '../../audit/run-rules.ts';
import type { Evidence } from '../../core/evidence.ts';
import { redactAll } from '../../core/redact.ts';
import type { Settings } from '../../core/settings.ts';
import { comment } from '../../core/shell.ts';
import type { Report } from '../../slack/ports.ts';
import { loadRules } from '../load-rules.ts';
import { hostFactsOf } from './host-facts.ts';

/** A message stays readable when a thousand sites have the same mistake. */
const MOST_SHOWN = 20;

/** All findings, worst first, then by place. */
export async function audit(settings: Settings, host: HostFacts): Promise<Finding[]> {
  return redactAll(runRules(await loadRules(), settings, host), 'keep');
}

/** `/etc/nginx/nginx.conf:7`; a default of nginx has no place. */
export const placeOf = ({ file, line }: Finding): string => (file === null ? 'default' : `${file}:${line ?? 1}`);

/** `1 critical, 2 warnings, 3 info`. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
  const warnings = count('warning');
  return `${count('critical')} critical, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('info')} info`;
}

/** The audit as a message for Slack. */
export async function auditReport(evidence: Evidence): Promise<Report> {
  const title = `Capacity audit: ${evidence.host}`;
  if (evidence.settings === null) {
    const blind = evidence.notObservable[0];
    const lead = `The configuration could not be read${blind === undefined ? '' : `: ${blind.because}`}.`;
    return { title, lead, lines: [], table: null, snippet: blind?.remedy ?? null, footnotes: [] };
  }
  const findings = await audit(evidence.settings, hostFactsOf(evidence));
  const shown = findings.slice(0, MOST_SHOWN);
  const more = findings.length - shown.length;
  const snippet = shown
    .map((finding) => `${comment(`${placeOf(finding)} ${finding.rule}`)}\n${finding.remedy}`)
    .join('\n\n');
  return {
    title,
    lead: findings.length === 0 ? 'No rule found a problem.' : `${countFindings(findings)}.`,
    lines: shown.map(
      (finding) => `${finding.severity}: ${finding.text} (${placeOf(finding)}). Costs: ${finding.cost}.`,
    ),
    table: null,
    snippet: snippet === '' ? null : snippet,
    footnotes: more === 0 ? [] : [`${more} more, none graver: gapwatch audit on the host lists them.`],
  };
}
