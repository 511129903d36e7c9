/** Every `stub_status` location, with an address that reaches it from this host. */
import type { Listener } from './listens.ts';
import { inForce, placeOf, type Scope, walk } from './scope.ts';
import type { StatusPage } from './settings.ts';

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

/** The Host that makes nginx choose `server` on this listener; null when it is the default there. */
function hostHeaderOf({ servers }: Listener, server: Scope): string | null {
  if (servers[0] === server) return null;
  const names = (server.directives.get('server_name') ?? []).flatMap((node) => node.args);
  const exact = names.find((name) => !/[*~$"]/.test(name) && name !== '');
  const wildcard = names.find((name) => /^\*?\.[\w.-]+$/.test(name));
  return exact?.replace(/^\./, '') ?? wildcard?.replace(/^\*?\./, 'gapwatch.') ?? null;
}

/** allow and deny are tried in the order written, and no rule fits means allowed. */
function letsIn(rules: readonly { readonly name: string; readonly args: readonly string[] }[], url: string): boolean {
  const unix = url.includes('+unix:');
  const ipv6 = url.includes('[');
  const own = unix
    ? ['unix:']
    : ipv6
      ? ['::1', '::1/128', '::/0']
      : ['127.0.0.1', '127.0.0.1/32', '127.0.0.0/8', '0.0.0.0/0'];
  const first = rules.find(({ args: [who = ''] }) => who === 'all' || own.includes(who));
  return first?.name !== 'deny';
}

/** True when nothing else than the page lives behind the listener, so that no client can fill its queue. */
function servesOnlyStatus({ servers }: Listener, page: Scope): boolean {
  const [server] = servers;
  if (servers.length !== 1 || server === undefined) return false;
  if (server.directives.has('root') || server.directives.has('try_files')) return false;
  return server.children.every(
    (other) =>
      other === page ||
      ['stub_status', 'return'].some((name) => other.directives.has(name)) ||
      inForce(other, 'deny').some((node) => node.args[0] === 'all'),
  );
}

const isUnix = ({ listen }: Listener): boolean => listen.address.startsWith('unix:');

/** A password, or a rule that ends in `deny all`, keeps strangers out. */
function exposedOn(
  scope: Scope,
  rules: readonly { readonly name: string; readonly args: readonly string[] }[],
  own: readonly Listener[],
) {
  const [password] = inForce(scope, 'auth_basic');
  const shut = rules.find(({ args: [who] }) => who === 'all')?.name === 'deny';
  if (shut || (password !== undefined && password.args[0] !== 'off') || scope.directives.has('internal')) return [];
  const reachable = own.filter((one) => !isUnix(one) && !/^(127\.|\[::1\])/.test(one.listen.address));
  return reachable.map(({ listen }) => listen.address);
}

/** One page over TCP and one over a unix socket where the server has both: a container's is reached by the latter only. */
function pagesOf(scope: Scope, server: Scope, all: readonly Listener[]): readonly StatusPage[] {
  const node = scope.directives.get('stub_status')?.[0];
  const path = scope.kind === 'server' ? '/' : pathOf(scope.node?.args ?? []);
  if (node === undefined || path === null) return [];
  const rules = accessRules(scope);
  const named = (action: string) => rules.filter((rule) => rule.name === action).map((rule) => rule.args[0] ?? '');
  const own = all.filter(({ listen, servers }) => servers.includes(server) && listen.udp !== true);
  const byRank = own.sort((a, b) => rank(a) - rank(b));
  return [byRank.filter((one) => !isUnix(one)), byRank.filter(isUnix)].flatMap((candidates) => {
    const listener = candidates.find((one) => letsIn(rules, urlOf(one, path))) ?? candidates[0];
    if (listener === undefined) return [];
    const url = urlOf(listener, path);
    return [
      {
        url,
        hostHeader: hostHeaderOf(listener, server),
        allow: named('allow'),
        deny: named('deny'),
        ownListener: servesOnlyStatus(listener, scope),
        place: placeOf(node),
        allowsLocal: letsIn(rules, url),
        exposedOn: exposedOn(scope, rules, own),
      },
    ];
  });
}

/** A block that has any allow or deny ignores all those of the blocks around it. */
function accessRules(scope: Scope): readonly { readonly name: string; readonly args: readonly string[] }[] {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const own = [...(at.directives.get('allow') ?? []), ...(at.directives.get('deny') ?? [])];
    const order = new Map(at.node?.block?.map((node, i) => [node, i]));
    if (own.length > 0) return own.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  }
  return [];
}

/** Best page first: reachable from here, then on a listener of its own. */
export function statusPages(root: Scope, all: readonly Listener[]): readonly StatusPage[] {
  const found: StatusPage[] = [];
  for (const server of walk(root)) {
    if (server.kind !== 'server' || server.parent?.kind !== 'http') continue;
    for (const scope of walk(server)) {
      found.push(...pagesOf(scope, server, all));
    }
  }
  const badness = (page: StatusPage): number => (page.allowsLocal ? 0 : 2) + (page.ownListener ? 0 : 1);
  return found.sort((a, b) => badness(a) - badness(b));
}
