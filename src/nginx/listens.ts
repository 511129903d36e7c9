/** Lists the addresses nginx listens on, with the effective options: `listen` directives of one address are one listener. */

import type { Listen, Place } from '../core/settings.ts';
import type { Cut } from './config-budget.ts';
import { parameter, placeOf, type Scope, serverNames, walk } from './scope.ts';
import { parseCount } from './units.ts';

/** A listener and its servers, default server first. */
export interface Listener {
  readonly listen: Listen;
  readonly servers: readonly Scope[];
}

export interface Listeners {
  readonly listeners: readonly Listener[];
  /** Where a limit of ours was reached; what is written from there on is left out. */
  readonly cut: Cut | null;
}

const MAX_PORT_RANGE = 1024;
/** Ports of all ranges together: a few words are thousands of addresses. */
const MAX_RANGED = 32_768;

const PORTS_ONLY = /^()(\d+)(?:-(\d+))?$/;
const HOST_AND_PORTS = /^(\[[^\]]*\]|[^:]*)(?::(\d+)(?:-(\d+))?)?$/;

/** `80`, `*:80`, `localhost`, `[::]:443`, `8000-8010`, `unix:/x` as normalised addresses; a range gives several. */
export function listenAddresses(text: string, defaultPort: number): readonly string[] {
  if (/^unix:/i.test(text)) return [`unix:${text.slice(5)}`];
  const [, host = text, from, to] = PORTS_ONLY.exec(text) ?? HOST_AND_PORTS.exec(text) ?? [];
  const name = host === '' || host === '*' ? '0.0.0.0' : host === 'localhost' ? '127.0.0.1' : host;
  const first = Number(from ?? defaultPort);
  const count = Math.min(Number(to ?? first) - first + 1, MAX_PORT_RANGE);
  return Array.from({ length: Math.max(1, count) }, (_, i) => `${name}:${first + i}`);
}

interface Draft {
  listen: Listen;
  optionsSet: boolean;
  readonly servers: Set<Scope>;
  defaultServer: Scope | null;
}

/** Parameters that make nginx bind this very address and count as "the" options of it (`lsopt.set`). */
const SETS_OPTIONS =
  /^(bind$|reuseport$|deferred$|multipath$|(setfib|fastopen|backlog|rcvbuf|sndbuf|accept_filter|ipv6only|so_keepalive)=)/;

/** A `listen` directive, or the one nginx makes up for a server that has none. */
interface Written extends Place {
  readonly args: readonly string[];
}

function writtenIn(server: Scope, context: Listen['context'], runsAsRoot: boolean): readonly Written[] {
  const nodes = server.directives.get('listen') ?? [];
  if (nodes.length > 0 || context !== 'http' || server.node === null) return nodes;
  return [{ ...placeOf(server.node), args: [runsAsRoot ? '80' : '8000'] }];
}

function readListen({ args, file, line }: Written, context: Listen['context']): Omit<Listen, 'address'> {
  return {
    backlog: parseCount(parameter(args, 'backlog') ?? ''),
    reuseport: args.includes('reuseport'),
    ssl: args.includes('ssl'),
    quic: args.includes('quic') || args.includes('http3'),
    http2: args.includes('http2') || args.includes('spdy'),
    proxyProtocol: args.includes('proxy_protocol'),
    defaultServer: args.includes('default_server') || args.includes('default'),
    context,
    place: { file, line },
    bound: true,
    udp: args.includes('udp') || args.includes('quic') || args.includes('http3'),
  };
}

const draftOf = (listen: Listen, optionsSet: boolean, server: Scope): Draft => ({
  listen,
  optionsSet,
  servers: new Set([server]),
  defaultServer: null,
});

/** nginx ORs the protocol options of all `listen`s of an address and takes the socket options from the one that sets any. */
function merge(draft: Draft, next: Listen, sets: boolean, server: Scope): void {
  const { listen } = draft;
  const base = sets ? next : listen;
  if (next.defaultServer) draft.defaultServer = server;
  draft.servers.add(server);
  draft.optionsSet ||= sets;
  draft.listen = {
    ...base,
    ssl: listen.ssl || next.ssl,
    http2: listen.http2 || next.http2,
    proxyProtocol: listen.proxyProtocol || next.proxyProtocol,
    defaultServer: listen.defaultServer || next.defaultServer,
  };
}

/** A specific address is served by the wildcard socket of its port unless it sets socket options. */
function markUnbound(drafts: ReadonlyMap<string, Draft>): void {
  for (const draft of drafts.values()) {
    const { address, udp } = draft.listen;
    const wildcard = address.startsWith('[') ? '[::]' : '0.0.0.0';
    const port = address.slice(address.lastIndexOf(':') + 1);
    if (address.startsWith('unix:') || address === `${wildcard}:${port}` || draft.optionsSet) continue;
    if (drafts.has(`${draft.listen.context} ${udp ? 'udp' : 'tcp'} ${wildcard}:${port}`)) {
      draft.listen = { ...draft.listen, bound: false };
    }
  }
}

type ListenServer = NonNullable<Listen['servers']>[number];

/** The servers as the settings show them, once each, however many addresses they have. */
function describer(): (server: Scope) => readonly ListenServer[] {
  const known = new Map<Scope, readonly ListenServer[]>();
  return (server) => {
    const described =
      known.get(server) ?? (server.node === null ? [] : [{ place: placeOf(server.node), names: serverNames(server) }]);
    known.set(server, described);
    return described;
  };
}

/** `runsAsRoot`: an http server without `listen` gets port 80, or 8000 when nginx does not run as root. */
export function listeners(root: Scope, runsAsRoot: boolean, mostRanged = MAX_RANGED): Listeners {
  const { drafts, cut } = draftsOf(root, runsAsRoot, mostRanged);
  markUnbound(drafts);
  const describe = describer();
  const finish = ({ listen, servers: all, defaultServer }: Draft): Listener => {
    const servers = defaultServer === null ? [...all] : [...new Set([defaultServer, ...all])];
    return { listen: { ...listen, servers: servers.flatMap(describe) }, servers };
  };
  return { listeners: [...drafts.values()].map(finish), cut };
}

function draftsOf(root: Scope, runsAsRoot: boolean, most: number) {
  const drafts = new Map<string, Draft>();
  let left = most;
  for (const server of walk(root)) {
    const context = server.parent?.kind;
    if (server.kind !== 'server' || (context !== 'http' && context !== 'stream' && context !== 'mail')) continue;
    for (const written of writtenIn(server, context, runsAsRoot)) {
      const addresses = listenAddresses(written.args[0] ?? '', 80);
      if (addresses.length > 1) left -= addresses.length;
      if (left < 0) return { drafts, cut: tooMany(written, most) };
      const sets = written.args.some((arg) => SETS_OPTIONS.test(arg));
      const options = readListen(written, context);
      for (const address of addresses) {
        const key = `${context} ${options.udp ? 'udp' : 'tcp'} ${address}`;
        const draft = drafts.get(key);
        if (draft === undefined) drafts.set(key, draftOf({ ...options, address }, sets, server));
        else merge(draft, { ...options, address }, sets, server);
      }
    }
  }
  return { drafts, cut: null };
}

const tooMany = ({ file, line }: Place, most: number): Cut => ({
  file,
  line,
  message: `ranges of more than ${most} ports are listened on: what is listened on from here on is left out`,
});
