/** A status page that strangers can read tells an attacker how far the attack has come. */
import type { Settings } from '../../core/settings.ts';
import { endpointOf, isInner } from '../addresses.ts';
import { distinctBy } from '../grouping.ts';
import type { Objection, Rule } from '../rule.ts';
import { placeText, some } from '../words.ts';

function judge({ statusPages }: Settings): readonly Objection[] {
  // The pages of one server share the list of its addresses.
  const known = new Map<readonly string[], readonly string[]>();
  // A server that listens on TCP and on a unix socket has its page listed once for each.
  return distinctBy(statusPages, ({ place }) => placeText(place)).flatMap(({ exposedOn = [], place }) => {
    const open = known.get(exposedOn) ?? exposedOn.filter((address) => !isInner(endpointOf(address).host));
    known.set(exposedOn, open);
    if (open.length === 0) return [];
    return [
      {
        severity: 'warning' as const,
        place,
        text: `anybody can read the status page at ${some(open)}`,
        cost: 'it shows an attacker how full nginx is, and every reader takes a slot',
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
