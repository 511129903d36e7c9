/** What the doctor says of parts that the agent does not know: the status page, how logs are read, what the audit found. */

import type { Evidence } from '../../core/evidence.ts';
import type { ProbeFailure } from '../../core/sample.ts';
import { quoted } from '../../core/shell.ts';
import type { NginxConfig } from '../../discovery/config.ts';
import type { FollowConfig } from '../../tail/config.ts';
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

/** The page that `nginx.stubStatusUrl` names is nobody's but the operator's: only its address can be wrong. */
function statusPageItem({ latest }: Evidence, { stubStatusUrl }: NginxConfig): readonly DoctorItem[] {
  const sample = latest['stub-status'];
  if (stubStatusUrl === undefined || sample === undefined) return [];
  const trouble = !sample.ok ? sample : sample.data.fresh.ok ? null : sample.data.fresh;
  if (trouble === null) return [];
  return [
    {
      what: 'nginx.stubStatusUrl',
      ok: false,
      detail: `${stubStatusUrl} ${FAILURES[trouble.reason]} (${trouble.detail})`,
      remedy: `curl -sS ${quoted(stubStatusUrl)}   # must print "Active connections"; else correct nginx.stubStatusUrl or remove it: the page is then found by itself`,
    },
  ];
}

const FAILURES: Readonly<Record<ProbeFailure, string>> = {
  denied: 'refuses this host',
  absent: 'is not there',
  refused: 'is a port where nobody listens',
  reset: 'closes the connection: nginx has no slot for it, or it is no HTTP port',
  'connect-timeout': 'takes no connection: a full accept queue, or a filter on the way',
  'read-timeout': 'takes the connection and says nothing',
  timeout: 'does not answer in time',
  'http-error': 'answers with an error',
  malformed: 'answers, but not with a status page',
  failed: 'could not be asked',
};

export async function doctorExtras(
  evidence: Evidence,
  { follow, nginx }: { readonly follow: FollowConfig; readonly nginx: NginxConfig },
): Promise<readonly DoctorItem[]> {
  return [...statusPageItem(evidence, nginx), ...tailFileItem(follow), ...(await auditItem(evidence))];
}
