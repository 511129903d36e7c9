/** The workers run with a lower limit of open files than worker_rlimit_nofile configures. */
import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural, where } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fix, item } from '../words.ts';

function fixes(hard: number | null, wanted: number): Fix[] {
  return [
    fix({
      title: 'Raise the hard limit where nginx is started',
      directive: 'LimitNOFILE',
      from: hard,
      to: wanted,
      snippet: `systemctl edit nginx   # [Service] LimitNOFILE=${wanted}\nsystemctl daemon-reload && systemctl restart nginx\n# docker: --ulimit nofile=${wanted}:${wanted}`,
      effect: 'worker_rlimit_nofile can then be set without CAP_SYS_RESOURCE',
      risk: 'needs a restart of the service, a reload keeps the old hard limit',
    }),
  ];
}

function items(evidence: Evidence, findings: Findings, wanted: number): readonly EvidenceItem[] {
  const { descriptors } = findings;
  const { hottest } = descriptors;
  const refused = findings.lines('setrlimit-refused');
  const limitItems =
    hottest === null
      ? []
      : [
          item('fds.soft_limit', {
            value: hottest.soft,
            unit: 'descriptors',
            threshold: wanted,
            text: `worker ${hottest.pid} runs with ${hottest.soft}, configured are ${wanted}`,
            at: descriptors.at ?? evidence.asOf,
          }),
        ];
  const refusedItems = lineItems(
    'setrlimit-refused',
    refused,
    (it) => `${plural(it.count, 'worker')} could not set the limit (errno ${it.newest.captures.errno ?? '1'})`,
  );
  return [...refusedItems, ...limitItems];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { thresholds, loss } = findings;
  const { hottest, emfile, exhausted } = findings.descriptors;
  const refused = findings.lines('setrlimit-refused');
  const setting = evidence.settings?.workerRlimitNofile ?? null;
  const wanted = setting?.value ?? Number(refused?.newest.captures.limit ?? Number.NaN);
  const below = hottest !== null && hottest.soft < wanted;
  if (refused === null && !below)
    return setting !== null && hottest !== null
      ? ruledOut(`the workers run with the configured limit (${hottest.soft})`)
      : null;
  const high = (hottest?.usedRatio ?? 0) >= thresholds.fdsHighRatio;
  const runs = hottest === null ? 'the inherited limit' : `${hottest.soft} (${percent(hottest.usedRatio)} used)`;
  const proven = refused !== null || (below && (hottest.hard ?? Infinity) < wanted);
  return confirmed({
    confidence: proven ? 'certain' : 'likely',
    severity: exhausted ? 'critical' : high ? 'warning' : 'info',
    losing: exhausted ? loss.on('descriptors') : loss.on(),
    since: exhausted ? (emfile?.firstAt ?? null) : null,
    summary: `worker_rlimit_nofile ${wanted}${where(setting?.place)} is not in force: the workers run with ${runs}${refused === null ? ', the hard limit or an unfinished reload prevents it' : ', the system refused to raise it'}.`,
    evidenceFor: items(evidence, findings, wanted),
    fixes: fixes(hottest?.hard ?? null, wanted),
    doNot: [
      'Do not edit /etc/security/limits.conf: systemd services do not read it.',
      'Do not trust nginx -T: it shows the configured number, not the one in force.',
    ],
    nextChecks: ['fds', 'config'],
  });
}

export const cause: Cause = {
  id: 'fd-limit-overridden',
  kind: 'cause',
  title: 'Configured descriptor limit not in force',
  means:
    'worker_rlimit_nofile asks for more than the hard limit and nginx lacks CAP_SYS_RESOURCE (containers), so the workers keep the inherited limit.',
  looksLike:
    '"setrlimit(RLIMIT_NOFILE, N) failed (1: Operation not permitted)" at start, and /proc/WORKER/limits below N; then "Too many open files" far too early.',
  fix: 'Raise the hard limit where nginx is started (LimitNOFILE= of the unit, ulimits of the container) or grant CAP_SYS_RESOURCE; nginx cannot go above it by itself.',
  differsFrom: [{ cause: 'fd-exhaustion', how: 'there the limit in force is the configured one, and too small' }],
  references: [
    'nginx src/os/unix/ngx_process_cycle.c ngx_worker_process_init()',
    'man 2 setrlimit',
    'man 5 systemd.exec, LimitNOFILE=',
  ],
  reads: ['setrlimit-refused', 'emfile', 'fds', 'settings'],
  consequences: ['fd-exhaustion'],
  precedence: 12,
  judge,
};
