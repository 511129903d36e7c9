/** Doctor items about the status page, the log driver and the audit, which the agent does not know. */

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
        'loses lines of late writers, of copytruncate, of rotations between two polls and of every restart (it keeps no position), stops for good when permission is denied, and reads a tenth of a million lines a second at best',
      remedy: 'follow: { source: file }   # gapwatch.yml',
    },
  ];
}

async function auditItem(evidence: Evidence): Promise<readonly DoctorItem[]> {
  if (evidence.settings === null) return [];
  const findings = await audit(evidence.settings, hostFactsOf(evidence));
  const grave = findings.some(({ severity }) => severity !== 'info');
  // Audit findings are not blind spots, so the item is ok.
  return [
    {
      what: 'audit',
      ok: true,
      detail: `${countFindings(findings)}${grave ? ': run gapwatch audit' : ''}`,
      remedy: null,
    },
  ];
}

/** Only the operator can correct `nginx.stubStatusUrl`. */
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
      remedy: `curl -sS ${quoted(stubStatusUrl)}   # must print "Active connections"; else correct nginx.stubStatusUrl or remove it: gapwatch then finds the page`,
    },
  ];
}

const FAILURES: Readonly<Record<ProbeFailure, string>> = {
  denied: 'refuses this host',
  absent: 'does not exist',
  refused: 'is a port without a listener',
  reset: 'closes the connection: nginx has no slot for it, or it is no HTTP port',
  'connect-timeout': 'accepts no connection: the accept queue is full, or a firewall drops packets',
  'read-timeout': 'accepts the connection and sends nothing',
  timeout: 'does not answer in time',
  'http-error': 'answers with an error',
  malformed: 'answers, but not with a status page',
  failed: 'could not be requested',
};

export async function doctorExtras(
  evidence: Evidence,
  { follow, nginx }: { readonly follow: FollowConfig; readonly nginx: NginxConfig },
): Promise<readonly DoctorItem[]> {
  return [...statusPageItem(evidence, nginx), ...tailFileItem(follow), ...(await auditItem(evidence))];
}
