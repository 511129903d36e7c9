/**
 * nginx was reloaded a moment ago. Workers are replaced, counters continue and no client is refused, so nothing needs
 * fixing.
 */
import type { Evidence } from '../../core/evidence.ts';
import { plural, seconds } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { item } from '../words.ts';

function judge(evidence: Evidence, { life, activeMs }: Findings): Judgement {
  const recent = life.reloads.filter((at) => at > evidence.asOf - 2 * activeMs);
  const last = recent.at(-1);
  if (last === undefined) return null;
  const old = life.old.length === 0 ? '' : `; ${plural(life.old.length, 'old worker')} still serving its clients`;
  return confirmed({
    confidence: 'certain',
    severity: 'info',
    since: last,
    summary: `nginx was reloaded ${seconds(evidence.asOf - last)} ago${old}.`,
    evidenceFor: [
      item('reload', {
        value: recent.length,
        unit: 'reloads',
        text: `${plural(recent.length, 'reload')} lately`,
        at: last,
      }),
    ],
    nextChecks: ['reloads', 'workers'],
  });
}

export const cause: Cause = {
  id: 'reload',
  kind: 'note',
  title: 'Reload',
  means:
    'The master re-read its configuration and replaced the workers. New connections are served throughout; a few kept-alive ones may be reset.',
  looksLike:
    '"reconfiguring" (notice level) or all worker pids replaced under the same master. accepts and handled continue, the gap does not grow.',
  fix: 'None is needed. With long connections set worker_shutdown_timeout.',
  differsFrom: [
    { cause: 'worker-crash', how: 'there single workers vanish and "exited on signal" is logged' },
    { cause: 'reload-storm', how: 'there reloads follow one another so fast that old workers pile up' },
  ],
  references: ['nginx src/os/unix/ngx_process_cycle.c ngx_master_process_cycle()', 'nginx docs: Controlling nginx'],
  reads: ['reload', 'controller-reload', 'workers'],
  consequences: [],
  precedence: 900,
  judge,
};
