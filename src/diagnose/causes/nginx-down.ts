/** nginx is not running: there is no master process, or its ports refuse connections. */
import { type EvidenceItem, uncounted } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { masterRuns } from '../../findings/life.ts';
import { isStopSignal } from '../../findings/log.ts';
import { inARow } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

/**
 * Samples in a row. A restart refuses for at most 0.2 s (src/nginx/README.md §4.8), which one sample may hit and two do
 * not.
 */
const MIN_LOOKS = 2;

function absentFor(evidence: Evidence): number {
  return inARow(evidence.history.workers ?? [], (look) => !look.ok && look.reason === 'absent');
}

/** Workers keep serving after their master was killed. */
function orphansServe({ history }: Evidence, { page }: Findings, absent: number): boolean {
  const since = history.workers?.at(-absent)?.at;
  if (absent === 0 || since === undefined) return false;
  const answered = page.failure === null && page.countersAt !== null && page.countersAt > since;
  const logged = (history.access ?? []).some(
    (look) => look.ok && look.at - look.data.intervalMs >= since && look.data.requests > 0,
  );
  return answered || logged;
}

function orphaned(evidence: Evidence, findings: Findings, absent: number): Judgement {
  return confirmed({
    confidence: 'certain',
    severity: 'warning',
    lasting: true,
    since: evidence.history.workers?.at(-absent)?.at ?? null,
    summary:
      'The master of nginx is gone and its workers keep serving: no process reloads, reopens the logs or replaces a worker that dies.',
    evidenceFor: items(evidence, findings, absent, 0),
    fixes: [
      fix({
        title: 'Stop the orphaned workers and start nginx',
        snippet: "pkill -QUIT -f 'nginx: worker process'; systemctl start nginx",
        effect: 'the workers finish their requests and free the ports, then a new master takes them',
        risk: 'connections are refused in between',
      }),
    ],
    nextChecks: ['workers', 'log'],
  });
}

const FIXES = [
  fix({
    title: 'Check the configuration and start it',
    snippet: 'nginx -t && systemctl start nginx; journalctl -u nginx --since -15min',
    effect: 'shows why it ended, and starts it',
    risk: 'none',
  }),
];

function items(evidence: Evidence, { page }: Findings, absent: number, refused: number): EvidenceItem[] {
  const refusedItems =
    refused === 0 || page.failure === null
      ? []
      : [
          item('stub-status.failure', {
            value: 'refused',
            text: `${plural(refused, 'probe')} of the status page refused in a row`,
            at: page.failure.since,
          }),
        ];
  const absentItems =
    absent === 0
      ? []
      : [
          item('workers.absent', {
            value: absent,
            unit: 'samples',
            text: 'no master process is found',
            at: evidence.asOf,
          }),
        ];
  return [...absentItems, ...refusedItems];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { page, loss } = findings;
  const absent = absentFor(evidence);
  const refused = page.failure?.reason === 'refused' ? page.failure.count : 0;
  const alive = masterRuns(evidence) === true;
  if (refused >= MIN_LOOKS && alive) return ruledOut('the master runs: only the status page’s address refuses');
  if (absent < MIN_LOOKS && refused < MIN_LOOKS) return null;
  if (absent >= MIN_LOOKS && orphansServe(evidence, findings, absent)) return orphaned(evidence, findings, absent);
  const stopped = findings.lines('signal-received', isStopSignal);
  const restarted = findings.lines('started');
  if (restarted !== null && refused < MIN_LOOKS && restarted.lastAt > evidence.asOf - findings.activeMs / 2)
    return null;
  const how = stopped === null ? '' : `; it received a stop signal (${stopped.newest.captures.signal})`;
  return confirmed({
    confidence: absent >= MIN_LOOKS ? 'certain' : 'likely',
    severity: 'critical',
    losing: refused >= MIN_LOOKS ? loss.on('probe') : uncounted('connections refused'),
    since: page.failure?.since ?? null,
    summary: `nginx is not running${how}: ${[absent >= MIN_LOOKS ? 'there is no master process' : null, refused >= MIN_LOOKS ? 'connections are refused' : null].filter((part) => part !== null).join(', ')}.`,
    evidenceFor: items(evidence, findings, absent, refused),
    fixes: FIXES,
    nextChecks: ['workers', 'log', 'config'],
  });
}

export const cause: Cause = {
  id: 'nginx-down',
  kind: 'cause',
  title: 'nginx is down',
  means: 'The master process is gone; the kernel refuses every connection.',
  looksLike: 'Connection refused on all ports, no master process. A restart shows the same for at most 0.2 s.',
  fix: '`nginx -t`, then start it; the last lines of the error log, the journal of the unit and the kernel log say why it ended.',
  differsFrom: [
    { cause: 'config-invalid', how: 'that may be why it does not start' },
    { cause: 'accept-queue-overflow', how: 'there connects time out instead of being refused' },
  ],
  references: ['nginx docs: Controlling nginx', 'man 2 connect, ECONNREFUSED'],
  reads: ['signal-received', 'started', 'workers', 'stub-status'],
  consequences: ['missing-workers'],
  precedence: 1,
  judge,
};
