/** Reports loops: a request that nginx passes to itself takes two slots for each hop until the slots are full. */
import type { Pass, Settings } from '../../core/settings.ts';
import { circlesOf } from '../circles.ts';
import { type Hop, MAX_STEPS, ownHops } from '../pass-graph.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';

/** The URI in the target; empty when nginx passes the path of the request unchanged. */
const uriOf = ({ target }: Pass): string => /^\w+:\/\/(?:unix:[^:]*:?|[^/]*)(.*)$/is.exec(target)?.[1] ?? '';

/** A URI in the target changes the path, so the request may reach another location. */
function keepsPath({ pass }: Hop): boolean {
  const uri = uriOf(pass);
  return pass.context === 'stream' || uri === '' || (uri === '/' && pass.location === '/');
}

/** The new path does not match this location, so the request leaves the loop after a few hops. */
function leadsOut({ pass }: Hop): boolean {
  const uri = uriOf(pass);
  const prefix = /^(?:=|\^~)?\s*(\/\S*)$/.exec(pass.location ?? '')?.[1];
  return pass.context === 'http' && uri.startsWith('/') && prefix !== undefined && !uri.startsWith(prefix);
}

/** Most hops that a message lists. */
const LISTED_HOPS = 8;

function loops({ pass, listen }: Hop, way: readonly Hop[], settings: Settings): Objection {
  // `/` matches every path. From any other location a rewrite or the next server may end the loop.
  const everywhere = way.every((one) => one.pass.location === null || one.pass.location === '/');
  const certain = way.every(keepsPath) && everywhere;
  const via = way
    .slice(1, LISTED_HOPS)
    .map((next) => `, then ${next.pass.target} (${next.pass.place.file}:${next.pass.place.line})`);
  if (way.length > LISTED_HOPS) via.push(`, then ${way.length - LISTED_HOPS} more`);
  return {
    severity: certain ? 'critical' : 'warning',
    place: pass.place,
    text: `${pass.target} reaches nginx’s own listener ${listen.address} (${listen.place.file}:${listen.place.line})${via.join('')} and returns to ${way.length === 1 ? 'the same server block' : 'the first server block'}`,
    cost: `${certain ? 'one request takes' : 'a request that loops takes'} two slots for each hop and fills all ${clientSlots(settings)} of a worker at once`,
    remedy: 'proxy_pass http://127.0.0.1:PORT_OF_THE_APPLICATION;   # not a port that nginx listens on',
  };
}

/** A target from the Host header lets a client choose this nginx. It needs no resolver: Host may be an address. */
function followsHost({ passes }: Settings): readonly Objection[] {
  const open = passes.filter(({ target }) => /^\w+:\/\/\$\{?(host|http_host)\b/i.test(target));
  return open.map(({ target, place }) => ({
    severity: 'warning',
    place,
    text: `${target} connects to the address in the client’s Host header, which can be this nginx`,
    cost: 'a request with the name of this host loops until no slot is free',
    remedy:
      'map $host $backend { app.example.com 10.0.0.2:8080; }   # list the allowed backends\nproxy_pass http://$backend;',
  }));
}

function unfollowed(settings: Settings): Objection {
  return {
    severity: 'info',
    place: settings.httpPlace ?? null,
    text: `the search for loops stopped at its limit of ${MAX_STEPS} steps, so some loops may be missing here`,
    cost: 'a loop that is not listed takes all slots too',
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
