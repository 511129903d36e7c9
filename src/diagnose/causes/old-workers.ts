/**
 * Old workers accumulate after reloads. Each stays until its last client leaves and keeps its memory, slots and
 * descriptors.
 */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural, seconds } from '../../core/format.ts';
import type { Setting } from '../../core/settings.ts';
import type { Findings } from '../../findings/findings.ts';
import { seen } from '../../findings/samples.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

function fixes(setting: Setting<number> | null): Fix[] {
  return setting !== null
    ? []
    : [
        fix({
          title: 'Give old workers a limit',
          directive: 'worker_shutdown_timeout',
          from: 'none',
          to: '60s',
          snippet: 'worker_shutdown_timeout 60s;   # main context',
          effect: 'an old worker closes what is left after 60 s and ends',
          risk: 'websockets and downloads that last longer are cut at every reload',
        }),
      ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const { life, thresholds } = findings;
  if (life.old.length === 0) return null;
  const { ages, lingering: oldOnes, limit } = life.pile;
  if (oldOnes < limit)
    return ruledOut(
      `${plural(life.old.length, 'worker')} still shutting down, ${oldOnes} of them for longer than ${seconds(thresholds.oldWorkerMs)}`,
    );
  const slots = seen(evidence, 'slots').at(-1)?.data.old ?? null;
  const held = slots?.reduce((sum, { used }) => sum + used, 0) ?? null;
  const bytes = life.old.reduce((sum, { residentBytes }) => sum + (residentBytes ?? 0), 0);
  const memory = bytes > 0 ? `, ${Math.round(bytes / 1_048_576)} MiB of memory` : '';
  const setting = evidence.settings?.workerShutdownTimeoutMs ?? null;
  const text = `${plural(life.old.length, 'old worker')} beside ${life.expected} current ones${held === null ? '' : `, with ${plural(held, 'slot')} in use`}${memory}`;
  return confirmed({
    confidence: 'certain',
    severity: 'warning',
    since: evidence.asOf - Math.max(...ages),
    lasting: true,
    summary: `Old workers pile up after reloads: ${text}; the oldest has been shutting down for ${seconds(Math.max(...ages))}.`,
    evidenceFor: [
      item('workers.old', {
        value: life.old.length,
        unit: 'processes',
        threshold: limit,
        text,
        at: life.at ?? evidence.asOf,
      }),
    ],
    fixes: fixes(setting),
    doNot: [
      'Do not add their connections to the utilisation of the current workers: Active does, and shows more than 100%.',
      'Do not kill old workers with SIGKILL: their counters would stay in stub_status for good; SIGTERM ends them.',
    ],
    nextChecks: ['workers', 'reloads', 'slots'],
  });
}

export const cause: Cause = {
  id: 'old-workers',
  kind: 'cause',
  title: 'Old workers pile up',
  means:
    'After a reload old workers serve their remaining clients without limit unless worker_shutdown_timeout is set. Many reloads and long connections add up.',
  looksLike:
    'Many "nginx: worker process is shutting down"; Active above the capacity of the current workers with no client refused; memory grows with each reload.',
  fix: 'Set worker_shutdown_timeout, reload less often, and let long connections reconnect.',
  differsFrom: [
    { cause: 'reload-storm', how: 'that is what creates them' },
    { cause: 'phantom-counters', how: 'there Active is inflated by workers that are dead' },
  ],
  references: [
    'nginx src/core/ngx_cycle.c ngx_set_shutdown_timer()',
    'nginx docs: ngx_core_module, worker_shutdown_timeout',
    'nginx/kubernetes-ingress#1116',
  ],
  reads: ['worker-shutting-down', 'workers', 'slots', 'settings'],
  consequences: [],
  precedence: 75,
  judge,
};
