/** Idle upstream connections hold slots that no client can take back: the pools of one worker must leave it room. */
import type { Settings } from '../../core/settings.ts';
import type { Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';
import { percent, plural, some } from '../words.ts';

/** Share of a worker's slots that idle pools may take before it is said. */
const TOO_MUCH = 0.5;
const GOOD_SHARE = 0.25;

function judge(settings: Settings): readonly Objection[] {
  const slots = clientSlots(settings);
  const pools = settings.upstreams
    .flatMap(({ name, keepalive }) => (keepalive === null ? [] : [{ name, ...keepalive }]))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value);
  const [largest] = pools;
  const sum = pools.reduce((total, { value }) => total + value, 0);
  if (largest === undefined || slots === 0 || sum <= slots * TOO_MUCH) return [];
  const each = Math.max(1, Math.floor((slots * GOOD_SHARE) / pools.length));
  return [
    {
      severity: sum >= slots ? 'critical' : 'warning',
      place: largest.place ?? settings.workerConnections.place,
      text: `idle upstream connections may take ${sum} of the ${slots} slots of a worker (${percent(sum / slots)}; ${some(pools.map(({ name, value }) => `${name} ${value}`))})`,
      cost: `nginx never closes them for a client: ${sum >= slots ? 'a quiet hour after a busy one and clients are refused' : `${plural(Math.max(0, slots - sum), 'slot')} are left for clients`}`,
      remedy: `keepalive ${each};   # in each upstream; it is kept by every worker for itself`,
    },
  ];
}

export const rule: Rule = {
  id: 'upstream-keepalive-above-slots',
  title: 'Idle upstream pools larger than a worker can bear',
  reference: 'nginx src/http/modules/ngx_http_upstream_keepalive_module.c',
  judge,
};
