/** What the doctor says of parts that the agent does not know: how logs are read, and what the audit found. */
import type { Evidence } from '../core/evidence.ts';
import type { FollowConfig } from '../tail/config.ts';
import { audit, countFindings } from './audit-report.ts';
import type { DoctorItem } from './doctor.ts';
import { hostFactsOf } from './host-facts.ts';

function tailFileItem({ source }: FollowConfig): readonly DoctorItem[] {
  if (source !== 'tail-file') return [];
  return [
    {
      what: 'log driver tail-file',
      ok: false,
      detail:
        'loses lines of late writers, of copytruncate, of rotations between two looks and of every restart (it keeps no position), stops for good when permission is denied, and reads a tenth of a million lines a second at best',
      remedy: 'follow: { source: file }   # gapwatch.yml',
    },
  ];
}

async function auditItem(evidence: Evidence): Promise<readonly DoctorItem[]> {
  if (evidence.settings === null) return [];
  const findings = await audit(evidence.settings, hostFactsOf(evidence));
  const grave = findings.some(({ severity }) => severity !== 'info');
  // Findings are no blind spot: what is wrong with nginx is not wrong with the sight of it.
  return [
    {
      what: 'audit',
      ok: true,
      detail: `${countFindings(findings)}${grave ? ': run gapwatch audit' : ''}`,
      remedy: null,
    },
  ];
}

export async function doctorExtras(evidence: Evidence, follow: FollowConfig): Promise<readonly DoctorItem[]> {
  return [...tailFileItem(follow), ...(await auditItem(evidence))];
}
