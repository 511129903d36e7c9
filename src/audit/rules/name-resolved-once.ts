/** nginx looks a name up when it starts, and goes on with those addresses until it is reloaded. */
import type { Place, Settings } from '../../nginx/settings.ts';
import { isSince } from '../../nginx/version.ts';
import { endpointOf, isName } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';

/** Names whose addresses are known to change: load balancers, clusters, service registries. */
const MOVING =
  /\.(amazonaws\.com|elb\.[\w-]+|cloudapp\.azure\.com|azurewebsites\.net|run\.app|herokuapp\.com|consul|svc(\.[\w.-]+)?)\.?$/i;
/** Since then free nginx knows `resolve` too. */
const RESOLVE_SINCE = '1.27.3';

interface Named {
  readonly host: string;
  readonly address: string;
  readonly upstream: string;
  readonly explicit: boolean;
  readonly place: Place;
}

function remedyFor({ host, address, upstream, explicit }: Named, { resolver, version }: Settings): string {
  const resolve = resolver === null ? 'resolver 127.0.0.53 valid=30s;   # your nameserver, see /etc/resolv.conf\n' : '';
  if (explicit && isSince(version, RESOLVE_SINCE))
    return `${resolve}zone ${upstream} 64k;   # in upstream ${upstream}\nserver ${address} resolve;`;
  const variable = host.replace(/\W+/g, '_');
  return `${resolve}set $${variable} ${host};   # a variable makes nginx look the name up again\nproxy_pass http://$${variable}${address.slice(host.length)};`;
}

function judge(settings: Settings): readonly Objection[] {
  const seen = new Set<string>();
  return settings.upstreams.flatMap(({ name, explicit, servers }) =>
    servers.flatMap(({ address, resolve, place, down }): readonly Objection[] => {
      const { host } = endpointOf(address);
      if (resolve || down || !isName(host) || seen.has(host)) return [];
      seen.add(host);
      const moving = MOVING.test(host);
      return [
        {
          severity: moving ? 'warning' : 'info',
          place,
          text: `${host} is resolved once, at start${moving ? ', and the addresses behind it change' : ''}`,
          cost: 'when it moves, requests go to the old address until somebody reloads nginx: refused, or a timeout each',
          remedy: remedyFor({ host, address, upstream: name, explicit, place }, settings),
        },
      ];
    }),
  );
}

export const rule: Rule = {
  id: 'name-resolved-once',
  title: 'Upstream name resolved once',
  reference: 'nginx src/core/ngx_inet.c ngx_inet_resolve_host(); nginx.org ngx_http_upstream_module server … resolve',
  judge,
};
