/** Lists the `stub_status` locations, each with an address that reaches it from this host. */

import type { StatusPage } from '../core/settings.ts';
import type { ConfigNode } from './config-tree.ts';
import type { Listener } from './listens.ts';
import { enclosing, inForce, placeOf, type Scope, serverNames, walk } from './scope.ts';

/** The path that leads to a location; null for regexes that are not just a written-out path, and for named ones. */
export function pathOf(args: readonly string[]): string | null {
  const [modifier = '', path] = args;
  if (path === undefined) return modifier.startsWith('/') ? modifier : null;
  if (modifier === '=' || modifier === '^~') return path;
  if (modifier !== '~' && modifier !== '~*') return null;
  const literal = path.replace(/^\^|\$$/g, '').replace(/\\([./_-])/g, '$1');
  return literal.startsWith('/') && !/[\\^$*+?.()|[\]{}]/.test(literal.replaceAll('.', '')) ? literal : null;
}

/** Lower is better: loopback before other addresses, plain HTTP before TLS, one that wants the PROXY protocol last. */
function rank({ listen, servers }: Listener): number {
  const shared = servers.length > 1 ? 1 : 0;
  const loopback = /^(127\.|\[::1\])/.test(listen.address) ? 0 : 2;
  return shared + loopback + (listen.ssl ? 4 : 0) + (listen.proxyProtocol ? 8 : 0);
}

function urlOf({ listen }: Listener, path: string): string {
  const unix = listen.address.startsWith('unix:');
  const scheme = `http${listen.ssl ? 's' : ''}${unix ? '+unix' : ''}`;
  if (unix) return `${scheme}://${listen.address.slice(5)}:${path}`;
  const address = listen.address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
  return `${scheme}://${address}${path}`;
}

/** The Host that makes nginx choose this server; null when it has no name that can be sent. */
function nameOf(server: Scope): string | null {
  const names = serverNames(server);
  const exact = names.find((name) => !/[*~$"]/.test(name) && name !== '');
  const wildcard = names.find((name) => /^\*?\.[\w.-]+$/.test(name));
  return exact?.replace(/^\./, '') ?? wildcard?.replace(/^\*?\./, 'gapwatch.') ?? null;
}

/** Where a request of ours comes from: rules name that and no more. */
type Origin = 'unix' | 'ipv6' | 'ipv4';

const OWN_ADDRESSES: Readonly<Record<Origin, readonly string[]>> = {
  unix: ['unix:'],
  ipv6: ['::1', '::1/128', '::/0'],
  ipv4: ['127.0.0.1', '127.0.0.1/32', '127.0.0.0/8', '0.0.0.0/0'],
};

const originOf = ({ listen: { address } }: Listener): Origin =>
  address.startsWith('unix:') ? 'unix' : address.startsWith('[') ? 'ipv6' : 'ipv4';

/** The rules of one block; shared by all the pages that they hold for. */
interface AccessRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Whether they allow this host: the first rule that fits decides, and no rule means yes. */
  readonly letIn: Readonly<Record<Origin, boolean>>;
  readonly shut: boolean;
}

function rulesFrom(nodes: readonly ConfigNode[]): AccessRules {
  const named = (action: string) => nodes.filter(({ name }) => name === action).map(({ args }) => args[0] ?? '');
  const first = (who: (address: string) => boolean) => nodes.find(({ args }) => who(args[0] ?? ''))?.name;
  const letsIn = (origin: Origin) =>
    first((address) => address === 'all' || OWN_ADDRESSES[origin].includes(address)) !== 'deny';
  return {
    allow: named('allow'),
    deny: named('deny'),
    letIn: { unix: letsIn('unix'), ipv6: letsIn('ipv6'), ipv4: letsIn('ipv4') },
    shut: first((address) => address === 'all') === 'deny',
  };
}

const NO_RULES = rulesFrom([]);

/** A block that has any allow or deny ignores all those of the blocks around it. */
function accessRules(scope: Scope, known: Map<Scope, AccessRules>): AccessRules {
  let at: Scope | null = scope;
  while (at !== null && !at.directives.has('allow') && !at.directives.has('deny')) at = at.parent;
  if (at === null) return NO_RULES;
  const rules = known.get(at) ?? rulesFrom((at.node?.block ?? []).filter(({ name }) => /^(allow|deny)$/.test(name)));
  known.set(at, rules);
  return rules;
}

/** One server with what its pages have in common. */
interface Serving {
  readonly server: Scope;
  /** The best listener of each origin, best first. */
  readonly best: readonly { readonly listener: Listener; readonly origin: Origin }[];
  /** True when nothing else than status pages is in it, so that no client can fill the queue of its listener. */
  readonly onlyStatus: boolean;
  /** Addresses beyond loopback and unix sockets. */
  readonly reachable: readonly string[];
  /** A name that makes nginx choose this server where it is not the default. */
  readonly name: string | null;
}

function servesOnlyStatus(server: Scope): boolean {
  if (server.directives.has('root') || server.directives.has('try_files')) return false;
  return server.children.every(
    (other) =>
      ['stub_status', 'return'].some((name) => other.directives.has(name)) ||
      inForce(other, 'deny').some((node) => node.args[0] === 'all'),
  );
}

const isLocal = (one: Listener): boolean => originOf(one) === 'unix' || /^(127\.|\[::1\])/.test(one.listen.address);

function bestOf(own: readonly Listener[]): Serving['best'] {
  const found = new Map<Origin, Listener>();
  for (const listener of own.toSorted((a, b) => rank(a) - rank(b)))
    if (!found.has(originOf(listener))) found.set(originOf(listener), listener);
  return [...found].map(([origin, listener]) => ({ origin, listener }));
}

function serving(server: Scope, own: readonly Listener[]): Serving {
  return {
    server,
    best: bestOf(own),
    onlyStatus: servesOnlyStatus(server),
    reachable: own.filter((one) => !isLocal(one)).map(({ listen }) => listen.address),
    name: nameOf(server),
  };
}

/** A password, or a rule that ends in `deny all`, keeps strangers out. */
function exposedOn(scope: Scope, { shut }: AccessRules, { reachable }: Serving): readonly string[] {
  const [password] = inForce(scope, 'auth_basic');
  const closed = shut || (password !== undefined && password.args[0] !== 'off') || scope.directives.has('internal');
  return closed ? [] : reachable;
}

/** One page over TCP and one over a unix socket where the server has both: a container's is reached by the latter only. */
function pagesOf(scope: Scope, of: Serving, known: Map<Scope, AccessRules>): readonly StatusPage[] {
  const node = scope.directives.get('stub_status')?.[0];
  const path = scope.kind === 'server' ? '/' : pathOf(scope.node?.args ?? []);
  if (node === undefined || path === null) return [];
  const rules = accessRules(scope, known);
  const choices: readonly (readonly Origin[])[] = [['ipv4', 'ipv6'], ['unix']];
  return choices.flatMap((origins) => {
    const candidates = of.best.filter(({ origin }) => origins.includes(origin));
    const choice = candidates.find(({ origin }) => rules.letIn[origin]) ?? candidates[0];
    if (choice === undefined) return [];
    const { listener, origin } = choice;
    return [
      {
        url: urlOf(listener, path),
        hostHeader: listener.servers[0] === of.server ? null : of.name,
        allow: rules.allow,
        deny: rules.deny,
        ownListener: listener.servers.length === 1 && of.onlyStatus,
        place: placeOf(node),
        allowsLocal: rules.letIn[origin],
        exposedOn: exposedOn(scope, rules, of),
      },
    ];
  });
}

function byServer(all: readonly Listener[]): ReadonlyMap<Scope, readonly Listener[]> {
  const found = new Map<Scope, Listener[]>();
  for (const listener of all) {
    if (listener.listen.udp === true) continue;
    for (const server of listener.servers) {
      const own = found.get(server);
      if (own === undefined) found.set(server, [listener]);
      else own.push(listener);
    }
  }
  return found;
}

/** Best page first: reachable from here, then on a separate listener. */
export function statusPages(root: Scope, all: readonly Listener[]): readonly StatusPage[] {
  const found: StatusPage[] = [];
  const listeners = byServer(all);
  const rules = new Map<Scope, AccessRules>();
  let of: Serving | null = null;
  for (const scope of walk(root)) {
    if (!scope.directives.has('stub_status')) continue;
    const server = enclosing(scope, 'server');
    if (server?.parent?.kind !== 'http') continue;
    if (of?.server !== server) of = serving(server, listeners.get(server) ?? []);
    for (const page of pagesOf(scope, of, rules)) found.push(page);
  }
  const badness = (page: StatusPage): number => (page.allowsLocal ? 0 : 2) + (page.ownListener ? 0 : 1);
  return found.sort((a, b) => badness(a) - badness(b));
}
