/** The system refuses to start processes or threads for nginx, so workers that exit are not replaced. */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

const HIGH_RATIO = 0.95;

function fixes(max: number | null): Fix[] {
  return [
    fix({
      title: 'Raise the process limit',
      directive: 'TasksMax',
      from: max,
      to: (max ?? 512) * 4,
      snippet: `systemctl edit nginx   # [Service] TasksMax=${(max ?? 512) * 4}\n# docker: --pids-limit ${(max ?? 512) * 4}; kubernetes: podPidsLimit of the kubelet`,
      effect: 'fork() and pthread_create() succeed again',
      risk: 'none',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const failed = findings.lines('fork-failed');
  const system = seen(evidence, 'system').at(-1)?.data ?? null;
  const [current, max] = [system?.pidsCurrent ?? null, system?.pidsMax ?? null];
  const ratio = current === null || max === null ? null : current / max;
  if (!isActive(failed) && (ratio ?? 0) < HIGH_RATIO)
    return failed === null && ratio !== null ? ruledOut(`${current} of ${max} processes are in use`) : null;
  const memory = failed?.newest.captures.errno === '12';
  const use = ratio === null ? '' : ` (${current} of ${max}, ${percent(ratio)})`;
  const logged = lineItems(
    'fork-failed',
    failed,
    (it) =>
      `${plural(it.count, 'time')} a process or thread could not be started (errno ${it.newest.captures.errno ?? '11'})`,
  );
  const ratioItems =
    ratio === null
      ? []
      : [
          item('system.pids_ratio', {
            value: ratio,
            unit: 'ratio',
            threshold: HIGH_RATIO,
            text: `processes of the cgroup${use}`,
            at: evidence.asOf,
          }),
        ];
  return confirmed({
    confidence: isActive(failed) ? 'certain' : 'likely',
    severity: isActive(failed) ? 'critical' : 'warning',
    since: failed?.firstAt ?? null,
    summary: isActive(failed)
      ? `nginx cannot start processes: ${memory ? 'memory is short' : `the process limit is reached${use}`}; workers that end are not replaced.`
      : `The process limit of nginx’s cgroup is nearly reached${use}.`,
    evidenceFor: [...logged, ...ratioItems],
    fixes: fixes(max),
    doNot: ['Do not read errno 11 here as a busy socket: from fork() it is a process limit.'],
    nextChecks: ['workers', 'system'],
  });
}

export const cause: Cause = {
  id: 'process-limit',
  kind: 'cause',
  title: 'Process limit reached',
  means:
    'The pids limit of the cgroup (or the user’s process limit) is reached, so the master cannot start workers or threads.',
  looksLike:
    '"fork() failed while spawning worker process (11: Resource temporarily unavailable)", missing workers, "fork rejected by pids controller" in the kernel log.',
  fix: 'Raise the limit that is reached: TasksMax= of the unit, --pids-limit of the container, or ulimit -u of nginx’s user.',
  differsFrom: [
    { cause: 'missing-workers', how: 'that is what follows' },
    { cause: 'upstream-backlog', how: 'there errno 11 comes from connect() on a unix socket' },
  ],
  references: ['man 2 fork, EAGAIN', 'linux Documentation/admin-guide/cgroup-v2.rst pids.max'],
  reads: ['fork-failed', 'system'],
  consequences: ['missing-workers', 'slot-capacity', 'nginx-down'],
  precedence: 6,
  judge,
};
