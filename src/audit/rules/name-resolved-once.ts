/** Reports upstream names that nginx resolves only at start and reload, so it misses later changes of the address. */

import { groupBy } from '../../core/grouping.ts';
import type { Pass, Settings, Upstream, UpstreamServer } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { isSince } from '../../nginx/version.ts';
import { endpointOf, isName } from '../addresses.ts';
import type { Objection, Rule } from '../rule.ts';
import { some } from '../words.ts';

/** Domains whose addresses often change: load balancers, clusters, service registries. */
const MOVING =
  /\.(amazonaws\.com|elb\.[\w-]+|cloudapp\.azure\.com|azurewebsites\.net|run\.app|herokuapp\.com|consul|svc(\.[\w.-]+)?)\.?$/i;
/** Open-source nginx supports `resolve` from this version on. */
const RESOLVE_SINCE = '1.27.3';
const RESOLVER = 'resolver 127.0.0.53 valid=30s;   # your nameserver, see /etc/resolv.conf';

const hostOf = ({ address }: UpstreamServer): string => endpointOf(address).host;
const isMoving = (server: UpstreamServer): boolean => MOVING.test(hostOf(server));

/** `resolve` keeps the upstream group with its balancing and its pool. */
function resolveInGroup(named: readonly UpstreamServer[], { name, zone }: Upstream, settings: Settings): string {
  const old = isSince(settings.version, RESOLVE_SINCE)
    ? ''
    : `   # needs nginx ${RESOLVE_SINCE} or newer; ${settings.version ?? 'an older one'} needs a reload whenever addresses change`;
  return [
    ...(settings.resolver === null ? [`${RESOLVER}`] : []),
    ...(zone ? [] : [`zone ${configWord(name)} 64k;   # in upstream ${configWord(name)}`]),
    ...named.map(({ address }) => `server ${configWord(address)} resolve;${old}`),
  ].join('\n');
}

/** With a variable in the target, nginx no longer replaces the path, so a rewrite must do it. */
function rewriteFor({ kind, target, location }: Pass): readonly string[] {
  const uri = /^\w+:\/\/[^/]*(\/.*)$/.exec(target)?.[1];
  const [, exact, path] = /^(?:(=)|\^~)?\s*(\/\S*)$/.exec(location ?? '') ?? [];
  if (kind !== 'proxy' || uri === undefined || path === undefined || uri === path) return [];
  const literal = path.replace(/[.+?()|[\]{}^$*\\]/g, '\\$&');
  return [
    exact === undefined
      ? `rewrite "^${literal}(.*)$" ${configWord(`${uri}$1`)} break;`
      : `rewrite ^ ${configWord(uri)} break;`,
  ];
}

function resolveByVariable(server: UpstreamServer, pass: Pass): string {
  const host = hostOf(server);
  const variable = host.replace(/\W+/g, '_');
  const scheme = /^\w+:\/\//.exec(pass.target)?.[0] ?? '';
  return [
    ...(pass.resolver == null ? [RESOLVER] : []),
    `set $${variable} ${configWord(host)};   # with a variable, nginx resolves the name again`,
    ...rewriteFor(pass),
    `${pass.kind}_pass ${configWord(`${scheme}$${variable}${server.address.slice(host.length)}`)};`,
  ].join('\n');
}

/** Servers given by a name that is not in `seen`. */
function namedServers({ servers }: Upstream, seen: Set<string>): readonly UpstreamServer[] {
  return servers.filter((server) => {
    const host = hostOf(server);
    const counts = !server.resolve && !server.down && isName(host) && !seen.has(host);
    if (counts) seen.add(host);
    return counts;
  });
}

function judge(settings: Settings): readonly Objection[] {
  const seen = new Set<string>();
  const passes = groupBy(settings.passes, ({ context, upstream }) => `${context} ${upstream}`);
  return settings.upstreams.flatMap((upstream): readonly Objection[] => {
    const named = namedServers(upstream, seen);
    const [first] = named;
    if (first === undefined) return [];
    const moving = named.find(isMoving);
    const pass = upstream.explicit ? undefined : passes.get(`${upstream.context} ${upstream.name}`)?.[0];
    return [
      {
        severity: moving === undefined ? 'info' : 'warning',
        place: (moving ?? first).place,
        text: `${some(named.map(hostOf))} ${named.length === 1 ? 'is' : 'are'} resolved once, at start${moving === undefined ? '' : ', and its addresses change'}`,
        cost: 'after a change, requests go to the old address until nginx is reloaded: each is refused or times out',
        remedy: pass === undefined ? resolveInGroup(named, upstream, settings) : resolveByVariable(first, pass),
      },
    ];
  });
}

export const rule: Rule = {
  id: 'name-resolved-once',
  title: 'Upstream name resolved once',
  reference: 'nginx src/core/ngx_inet.c ngx_inet_resolve_host(); nginx.org ngx_http_upstream_module server … resolve',
  judge,
};
