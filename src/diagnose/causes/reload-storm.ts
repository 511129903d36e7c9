/** Something automatic reloads nginx so often that workers never settle. */
import type { Evidence } from '../../core/evidence.ts';
import { number, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

const MINUTE_MS = 60_000;

const FIXES = [
  fix({
    title: 'Find what reloads nginx, and batch its changes',
    snippet:
      'journalctl _COMM=systemctl _COMM=nginx --since -15min; ps -eo pid,ppid,lstart,cmd | grep -E "nginx -s|certbot|consul-template|confd|ingress"',
    effect: 'one reload for many changes (consul-template: wait = "10s"; ingress controllers: sync-rate-limit)',
    risk: 'changes take effect some seconds later',
  }),
];

function lingering(old: number): string {
  return old === 0 ? '' : `; ${plural(old, 'old worker lingers', 'old workers linger')}`;
}

function judge(evidence: Evidence, { life, thresholds }: Findings): Judgement {
  const { reloads, reloadsInLastMinute: lately } = life;
  if (reloads.length === 0) return null;
  const minutes = evidence.windowMs / MINUTE_MS;
  if (!life.isReloadStorm)
    return ruledOut(`${plural(reloads.length, 'reload')} in ${number(minutes)} min, ${lately} in the last`);
  const text = `${plural(lately, 'reload')} in the last minute, ${reloads.length} in ${number(minutes)} min`;
  return confirmed({
    confidence: 'certain',
    severity: 'warning',
    since: reloads[0] ?? null,
    lasting: true,
    summary: `nginx is being reloaded again and again: ${text}${lingering(life.old.length)}. Each reload resets some kept-alive clients.`,
    evidenceFor: [
      item('reload', {
        value: lately,
        unit: 'per minute',
        threshold: thresholds.reloadsPerMinute,
        text,
        at: reloads.at(-1) ?? evidence.asOf,
      }),
    ],
    fixes: FIXES,
    doNot: ['Do not answer with a shorter worker_shutdown_timeout alone: each reload then cuts more clients.'],
    nextChecks: ['reloads', 'workers'],
  });
}

export const cause: Cause = {
  id: 'reload-storm',
  kind: 'cause',
  title: 'Reload storm',
  means: 'A controller, template engine or cron job reloads nginx every few seconds.',
  looksLike:
    '"reconfiguring" many times a minute, worker pids change all the time, old workers pile up, upstream keep-alive and caches start cold each time.',
  fix: 'Find what reloads nginx and batch its changes; use an upstream zone with `resolve` or an API where only addresses change.',
  differsFrom: [
    { cause: 'reload', how: 'that is one reload: harmless' },
    { cause: 'old-workers', how: 'that is what a storm leads to' },
  ],
  references: ['nginx src/os/unix/ngx_process_cycle.c ngx_master_process_cycle()', 'nginx docs: Controlling nginx'],
  reads: ['reload', 'controller-reload', 'workers'],
  consequences: ['old-workers'],
  precedence: 74,
  judge,
};
