/** A module holds slots: connections without sockets (Lua timers), or sockets of unknown purpose. */
import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { number, percent, plural } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { seen } from '../../findings/samples.ts';
import type { WorkerLoad } from '../../findings/slots.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { lineItems } from '../line-items.ts';
import { fromStory, heldByOthers, occupancyItem, slotStory } from '../slot-story.ts';
import { fix, item } from '../words.ts';

/**
 * A worker that reports no free slot and has sockets for less than this share of its slots has slots without sockets.
 */
const SOCKETLESS_RATIO = 0.6;

/**
 * The worker that refuses clients, when its sockets account for its slots neither now nor at the time of the refusal.
 */
function socketless(evidence: Evidence, { slots }: Findings) {
  if (slots.source !== 'slots') return null;
  const [from, to] = [slots.refused, slots.starved].reduce(
    ([first, last], lines) => [Math.min(first, lines?.firstAt ?? first), Math.max(last, lines?.lastAt ?? last)],
    [Number.POSITIVE_INFINITY, 0],
  );
  // The log rounds to seconds, so a sample up to a second away from a line counts.
  if (!seen(evidence, 'slots').some(({ at }) => at >= from - 1_000 && at <= to + 1_000)) return null;
  const speaking = new Set(
    [slots.refused, slots.starved].flatMap((lines) => (isActive(lines) ? [...lines.byPid.keys()] : [])),
  );
  const loads = slots.workers.filter(({ pid }) => pid !== null && speaking.has(pid));
  const fullest = loads[0];
  return fullest !== undefined && fullest.peakRatio < SOCKETLESS_RATIO ? fullest : null;
}

function fixes(modules: readonly string[]): Fix[] {
  return [
    fix({
      title: 'Find the module’s connections',
      snippet:
        'ls -l /proc/WORKER/fd | awk \'{print $NF}\' | sed "s/[0-9]*//g" | sort | uniq -c | sort -rn\nlua_max_pending_timers 256;\nlua_max_running_timers 64;',
      directive: modules.includes('lua') ? 'lua_max_running_timers' : 'load_module',
      effect: 'each running Lua timer takes a slot without a socket; bounding them keeps slots for clients',
      risk: 'timers above the bound are refused: the code must handle that',
    }),
  ];
}

function socketlessText({ pid, used, limit, usedRatio }: WorkerLoad): string {
  return `worker ${pid} says its slots are used up, but only ${number(used)} of ${limit} (${percent(usedRatio)}) are sockets`;
}

function socketlessItem(load: WorkerLoad, at: number): EvidenceItem {
  const text = socketlessText(load);
  return item('slots.socketless', { value: load.usedRatio, unit: 'ratio', threshold: SOCKETLESS_RATIO, text, at });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = slotStory(evidence, findings);
  if (story === null) return null;
  const { occupancy, slots } = findings;
  const modules = evidence.settings?.thirdPartyModules ?? [];
  const inTimer = slots.starved?.signals.some(({ captures }) => captures.context?.startsWith('ngx.') === true) ?? false;
  const lua = findings.lines('lua-starved');
  const left = findings.lines('open-socket-left');
  // Without third-party code every slot is a socket. The pool then filled and emptied between two samples.
  const pure = evidence.settings?.thirdPartyModules.length === 0 && !inTimer && lua === null && left === null;
  const empty = pure ? null : socketless(evidence, findings);
  if (empty === null && occupancy.kind !== 'unexplained') return heldByOthers(findings);
  const leftItems = lineItems(
    'open-socket-left',
    left,
    (it) => `${plural(it.count, 'connection')} left open by workers that shut down`,
  );
  const proof = empty === null ? occupancyItem(findings) : socketlessItem(empty, slots.at ?? evidence.asOf);
  const suspects = modules.length > 0 ? `, modules loaded: ${modules.join(', ')}` : '';
  return confirmed({
    ...fromStory(story),
    confidence: inTimer || lua !== null || modules.length > 0 ? 'likely' : 'possible',
    summary: `A module holds connection slots: ${proof.text}${suspects}.`,
    evidenceFor: [proof, ...story.evidence, ...leftItems],
    fixes: fixes(modules),
    doNot: ['Do not raise worker_connections before the leak is found: a leak fills any number.'],
    nextChecks: ['slots', 'sockets', 'fds'],
  });
}

export const cause: Cause = {
  id: 'module-leak',
  kind: 'cause',
  title: 'A module holds or leaks slots',
  means:
    'Third-party code (Lua timers and cosockets, notification channels, health checks) takes connection slots that no client and no upstream accounts for.',
  looksLike:
    '"worker_connections are not enough" while the worker has far fewer sockets than slots, or sockets of unknown purpose; "context: ngx.timer"; "open socket #N left in connection M" at shutdown.',
  fix: 'Find the module’s timers, cosockets or channels, update or remove it; a reload frees the slots meanwhile.',
  differsFrom: [
    { cause: 'non-client-slots', how: 'there the sockets lead to configured upstreams' },
    { cause: 'fd-leak', how: 'there descriptors grow, not slots' },
  ],
  references: [
    'openresty lua-nginx-module: ngx_http_lua_create_fake_connection()',
    'nginx src/core/ngx_connection.c ngx_get_connection()',
  ],
  reads: [
    'worker-connections',
    'worker-connections-upstream',
    'lua-starved',
    'open-socket-left',
    'slots',
    'sockets',
    'settings',
  ],
  consequences: ['slot-capacity'],
  precedence: 32,
  judge,
};
