/** Reports a status page that anyone can read: it shows an attacker the effect of the attack. */

import { distinctBy } from '../../core/grouping.ts';
import type { Settings } from '../../core/settings.ts';
import { endpointOf, isInner } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { placeText, some } from '../words.ts';

function judge({ statusPages }: Settings): readonly Objection[] {
  // Pages of one server share one array of addresses, so the array is the cache key.
  const known = new Map<readonly string[], readonly string[]>();
  // A page appears once for TCP and once for a unix socket when its server listens on both.
  return distinctBy(statusPages, ({ place }) => placeText(place)).flatMap(({ exposedOn = [], place }) => {
    const open = known.get(exposedOn) ?? exposedOn.filter((address) => !isInner(endpointOf(address).host));
    known.set(exposedOn, open);
    if (open.length === 0) return [];
    return [
      {
        severity: 'warning' as const,
        place,
        text: `anyone can read the status page at ${some(open)}`,
        cost: 'it shows an attacker how full nginx is, and each reader takes a slot',
        remedy: 'stub_status;\nallow 127.0.0.1;\nallow ::1;\ndeny all;',
      },
    ];
  });
}

export const rule: Rule = {
  id: 'stub-status-public',
  title: 'Status page open to everybody',
  reference: 'nginx.org ngx_http_access_module',
  judge,
};
