/** Reports a configuration without limit_conn: one client address may take all slots. */
import type { Settings } from '../../core/settings.ts';
import { endpointOf, facesClients, isInner } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';
import { number } from '../words.ts';

/** A twentieth of the slots, at least 20 because browsers open several connections, at most 256 to be of use. */
const perAddress = (slots: number): number => Math.min(256, Math.max(20, Math.floor(slots / 20)));

function judge(settings: Settings): readonly Objection[] {
  const { limitUses, listens, origin, httpPlace, clientHeaderTimeoutMs } = settings;
  const open = listens.filter(
    (listen) => listen.context === 'http' && facesClients(listen) && !isInner(endpointOf(listen.address).host),
  );
  if (origin === 'fragment' || open.length === 0 || limitUses.some(({ kind }) => kind === 'limit_conn')) return [];
  const slots = clientSlots(settings);
  const fill = slots / Math.max(1, clientHeaderTimeoutMs.value / 1000);
  return [
    {
      severity: 'info',
      place: httpPlace ?? null,
      text: `no limit_conn: one address may take all ${slots} slots of a worker`,
      cost: `${number(fill)} silent connections a second fill a worker before client_header_timeout frees the first`,
      remedy: `limit_conn_zone $binary_remote_addr zone=per_address:10m;\nlimit_conn per_address ${perAddress(slots)};\nlimit_conn_dry_run on;   # check in the log first which clients it would reject`,
    },
  ];
}

export const rule: Rule = {
  id: 'limit-conn-absent',
  title: 'No limit on connections of one address',
  reference: 'nginx.org ngx_http_limit_conn_module',
  judge,
};
