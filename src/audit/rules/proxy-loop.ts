/** A request that nginx passes to itself takes two slots a hop until there are none. */
import type { Pass, Settings } from '../../core/settings.ts';
import { circlesOf } from '../circles.ts';
import { type Hop, MAX_STEPS, ownHops } from '../pass-graph.ts';
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

/** Longer ways are not told hop by hop. */
const TOLD_HOPS = 8;

function loops({ pass, listen }: Hop, way: readonly Hop[], settings: Settings): Objection {
  // Elsewhere a rewrite, or the next server's locations, may lead out of the circle; `/` takes every path.
  const everywhere = way.every((one) => one.pass.location === null || one.pass.location === '/');
  const certain = way.every(keepsPath) && everywhere;
  const via = way
    .slice(1, TOLD_HOPS)
    .map((next) => `, then ${next.pass.target} (${next.pass.place.file}:${next.pass.place.line})`);
  if (way.length > TOLD_HOPS) via.push(`, then ${way.length - TOLD_HOPS} more`);
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

function unfollowed(settings: Settings): Objection {
  return {
    severity: 'info',
    place: settings.httpPlace ?? null,
    text: `nginx passes to itself in more ways than gapwatch follows (${MAX_STEPS} steps), so not every loop was looked for`,
    cost: 'a loop that is not named here takes all slots all the same',
    remedy: 'proxy_pass http://127.0.0.1:PORT_OF_THE_APPLICATION;   # not a port that nginx listens on',
  };
}

function judge(settings: Settings, { addresses }: HostFacts): readonly Objection[] {
  const { hops, complete } = ownHops(settings, addresses);
  const found = circlesOf(
    hops.filter((hop) => hop.from !== hop.to || !leadsOut(hop)),
    MAX_STEPS,
  );
  const circles = found.circles.flatMap((way) => (way[0] === undefined ? [] : [loops(way[0], way, settings)]));
  const rest = complete && found.complete ? [] : [unfollowed(settings)];
  return [...circles, ...rest, ...followsHost(settings)];
}

export const rule: Rule = {
  id: 'proxy-loop',
  title: 'nginx passes requests to itself',
  reference: 'nginx docs: ngx_http_proxy_module, proxy_pass; openstreetmap/chef#292',
  judge,
};
