/** Reports keepalive pools that can take most slots of a worker: nginx does not close them for clients. */

import { percent } from '../../core/format.ts';
import type { Settings } from '../../core/settings.ts';
import type { Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';
import { plural, some } from '../words.ts';

/** Largest share of a worker's slots that idle pools may take without a finding. */
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
      cost: `nginx never closes them for a client: ${sum >= slots ? 'after a busy hour the idle pools fill all slots and clients are refused' : `${plural(Math.max(0, slots - sum), 'slot')} remain for clients`}`,
      remedy: `keepalive ${each};   # in each upstream; each worker has a separate pool`,
    },
  ];
}

export const rule: Rule = {
  id: 'upstream-keepalive-above-slots',
  title: 'Idle upstream pools too large for a worker',
  reference: 'nginx src/http/modules/ngx_http_upstream_keepalive_module.c',
  judge,
};
