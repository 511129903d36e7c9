/** A request that nginx passes to itself takes two slots a hop until there are none. */
import type { Pass, Settings } from '../../nginx/settings.ts';
import { groupBy } from '../grouping.ts';
import { type Hop, ownHops } from '../pass-graph.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';

/** What its target says after the address; empty when the path of the request is passed on as it is. */
const uriOf = ({ target }: Pass): string => /^\w+:\/\/(?:unix:[^:]*:?|[^/]*)(.*)$/is.exec(target)?.[1] ?? '';

/** With a URI in its target the request arrives under another path, and so perhaps in another location. */
function keepsPath({ pass }: Hop): boolean {
  const uri = uriOf(pass);
  return pass.context === 'stream' || uri === '' || (uri === '/' && pass.location === '/');
}

/** Passed to itself under a path that this location does not begin, the request comes round a few times at most. */
function leadsOut({ pass }: Hop): boolean {
  const uri = uriOf(pass);
  const prefix = /^(?:=|\^~)?\s*(\/\S*)$/.exec(pass.location ?? '')?.[1];
  return pass.context === 'http' && uri.startsWith('/') && prefix !== undefined && !uri.startsWith(prefix);
}

/** The hops that lead from the end of `hop` back to its beginning, itself first; null when they do not. `leaving`: by where they begin. */
function circle(hop: Hop, leaving: ReadonlyMap<string, readonly Hop[]>): readonly Hop[] | null {
  const reached = new Map<string, readonly Hop[]>([[hop.to, [hop]]]);
  // Grows while it is walked: a breadth-first search.
  for (const [server, way] of reached) {
    if (server === hop.from) return way;
    for (const next of leaving.get(server) ?? []) if (!reached.has(next.to)) reached.set(next.to, [...way, next]);
  }
  return null;
}

function loops({ pass, listen }: Hop, way: readonly Hop[], settings: Settings): Objection {
  // Elsewhere a rewrite, or the next server's locations, may lead out of the circle; `/` takes every path.
  const everywhere = way.every((one) => one.pass.location === null || one.pass.location === '/');
  const certain = way.every(keepsPath) && everywhere;
  const via = way
    .slice(1)
    .map((next) => `, then ${next.pass.target} (${next.pass.place.file}:${next.pass.place.line})`);
  return {
    severity: certain ? 'critical' : 'warning',
    place: pass.place,
    text: `${pass.target} reaches nginx’s own listener ${listen.address} (${listen.place.file}:${listen.place.line})${via.join('')} and the ${way.length === 1 ? 'same server block' : 'server block it came from'}`,
    cost: `${certain ? 'one request takes' : 'a request that comes round takes'} two slots a hop: all ${clientSlots(settings)} of a worker are gone at once`,
    remedy: 'proxy_pass http://127.0.0.1:PORT_OF_THE_APPLICATION;   # not a port that nginx listens on',
  };
}

/** The client chooses where nginx connects to: also to nginx. With or without a resolver, for Host may be an address. */
function followsHost({ passes }: Settings): readonly Objection[] {
  const open = passes.filter(({ target }) => /^\w+:\/\/\$\{?(host|http_host)\b/i.test(target));
  return open.map(({ target, place }) => ({
    severity: 'warning',
    place,
    text: `${target} goes where the client’s Host header says, and that may be this nginx`,
    cost: 'a request with this host’s own name loops until no slot is left',
    remedy:
      'map $host $backend { app.example.com 10.0.0.2:8080; }   # name the backends you mean\nproxy_pass http://$backend;',
  }));
}

function judge(settings: Settings, { addresses }: HostFacts): readonly Objection[] {
  const hops = ownHops(settings, addresses);
  const leaving = groupBy(hops, ({ from }) => from);
  const said = new Set<string>();
  const circles = hops.flatMap((hop) => {
    const way = circle(hop, leaving);
    const round = way
      ?.map(({ from }) => from)
      .sort()
      .join(' ');
    if (way === null || round === undefined || said.has(round) || (way.length === 1 && leadsOut(hop))) return [];
    said.add(round);
    return [loops(hop, way, settings)];
  });
  return [...circles, ...followsHost(settings)];
}

export const rule: Rule = {
  id: 'proxy-loop',
  title: 'nginx passes requests to itself',
  reference: 'nginx docs: ngx_http_proxy_module, proxy_pass; openstreetmap/chef#292',
  judge,
};
