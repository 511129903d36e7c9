/** The capacity audit of the running host, and of a configuration alone. */

import type { Finding, HostFacts } from '../audit/rule.ts';
import type { Evidence } from '../core/evidence.ts';
import type { Settings } from '../nginx/settings.ts';
import type { Report } from '../slack/ports.ts';
import { loadRules } from './load-rules.ts';

const SEVERITIES = ['critical', 'warning', 'info'];

/** Nothing is known of the host: the audit of a file. */
export const NO_HOST: HostFacts = { workerSoftFiles: null, workerHardFiles: null, system: null, reloadsLastHour: null };

/** What the newest evidence says of the host. */
export function hostFactsOf({ latest, signals }: Evidence): HostFacts {
  const workers = latest.fds?.ok === true ? latest.fds.data.workers : [];
  const smallest = (limits: readonly (number | null)[]): number | null => {
    const known = limits.filter((limit) => limit !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  return {
    workerSoftFiles: smallest(workers.map((worker) => worker.soft)),
    workerHardFiles: smallest(workers.map((worker) => worker.hard)),
    system: latest.system?.ok === true ? latest.system.data : null,
    reloadsLastHour: signals.get('reload')?.count ?? null,
  };
}

/** All findings, gravest first, then by place. */
export async function audit(settings: Settings, host: HostFacts): Promise<Finding[]> {
  const rules = await loadRules();
  return rules
    .flatMap((rule) => rule.judge(settings, host))
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        `${a.file ?? ''}`.localeCompare(`${b.file ?? ''}`) ||
        (a.line ?? 0) - (b.line ?? 0),
    );
}

const place = ({ file, line }: Finding): string =>
  file === null ? '' : ` (${file}${line === null ? '' : `:${line}`})`;

export function auditLines(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${finding.severity}: ${finding.text}${place(finding)}. ${finding.cost}.`);
}

/** The audit as a message. */
export async function auditReport(evidence: Evidence): Promise<Report> {
  const title = `Capacity audit: ${evidence.host}`;
  if (evidence.settings === null) {
    const blind = evidence.notObservable[0];
    const lead = `The configuration could not be read${blind === undefined ? '' : `: ${blind.because}`}.`;
    return { title, lead, lines: [], table: null, snippet: blind?.remedy ?? null, footnotes: [] };
  }
  const findings = await audit(evidence.settings, hostFactsOf(evidence));
  const snippet = findings.map((finding) => `# ${finding.rule}${place(finding)}\n${finding.remedy}`).join('\n\n');
  return {
    title,
    lead:
      findings.length === 0 ? 'No rule objects to this configuration.' : `${findings.length} findings, gravest first.`,
    lines: auditLines(findings),
    table: null,
    snippet: snippet === '' ? null : snippet,
    footnotes: [],
  };
}
