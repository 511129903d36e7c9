/** A helper process, such as the cache manager, has used up its own pool of 512 connections. No client is affected. */
import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import { configuredSlots, HELPER_POOL } from '../../findings/slots.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fix, item } from '../words.ts';

function fixes(pid: number | null): Fix[] {
  return [
    fix({
      title: 'Find the module that opens connections in the helper',
      snippet: `ss -tnp | grep 'pid=${pid ?? '<pid of the line>'},'; nginx -V 2>&1 | tr ' ' '\\n' | grep -- --add`,
      effect:
        'names it by its peers: health checks or a service sync of a third-party module, which then run in the helper too; update or remove it',
      risk: 'none, it only reads; nginx itself opens no connection there',
    }),
  ];
}

function judge(evidence: Evidence, { slots }: Findings): Judgement {
  const { helper } = slots;
  if (!isActive(helper)) return null;
  const configured = configuredSlots(evidence);
  const slotsInLine = commonest(helper, 'slots')?.value ?? String(HELPER_POOL);
  const processes = seen(evidence, 'workers').at(-1)?.data.processes ?? [];
  const kind = processes.find(({ pid }) => pid === helper.newest.pid)?.kind ?? null;
  const known = kind === 'cache-manager' || kind === 'cache-loader';
  const who = known
    ? `the ${kind.replace('-', ' ')} (${helper.newest.pid})`
    : 'a helper process (cache manager or loader)';
  const text = `${plural(helper.count, 'line')} with ${slotsInLine} slots; the workers have ${configured ?? 'another number'}`;
  return confirmed({
    confidence: known ? 'certain' : 'likely',
    severity: 'warning',
    since: helper.firstAt,
    summary: `Not the workers but ${who} has no free slot: its pool holds ${HELPER_POOL}, whatever worker_connections says (${configured ?? 'unknown'}); no client is turned away by it.`,
    evidenceFor: [item('worker-connections', { value: helper.count, unit: 'lines', text, at: helper.lastAt })],
    fixes: fixes(helper.newest.pid),
    doNot: ['Do not raise worker_connections: the helper’s pool does not follow it.'],
    nextChecks: ['workers', 'config', 'log'],
  });
}

export const cause: Cause = {
  id: 'helper-process-slots',
  kind: 'cause',
  title: 'A helper process ran out of slots',
  means:
    'Cache manager, cache loader and similar helpers have a separate pool of 512 connections. Their message has the same words.',
  looksLike:
    '"512 worker_connections are not enough" from a pid that is no worker, while worker_connections is set to another number.',
  fix: 'Update or remove the module that works in the helper as well (health checks, service sync): its 512 slots are compiled in, follow no directive, and hold no listening socket.',
  differsFrom: [
    { cause: 'slot-capacity', how: 'there the number in the line is the configured one and the pid a worker’s' },
  ],
  references: ['nginx src/os/unix/ngx_process_cycle.c ngx_cache_manager_process_cycle()'],
  reads: ['worker-connections', 'worker-connections-upstream', 'worker-connections-reuse', 'workers', 'settings'],
  consequences: [],
  precedence: 29,
  judge,
};
