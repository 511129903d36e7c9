/**
 * The configuration by address, name and port, worked out once for each: it may have thousands of servers and listeners,
 * and thousands of lines ask for them.
 */
import { remembered } from '../core/evidence.ts';
import { groupBy } from '../core/grouping.ts';
import type { Listen, Pass, Place, Settings, Upstream } from '../core/settings.ts';

export interface SettingsIndex {
  /** Groups that have that name or server, in the order of the configuration. */
  groupsOf(peer: string): readonly Upstream[];
  /** Groups with a server that is written as a name. */
  readonly named: readonly Upstream[];
  groupsNamed(name: string): readonly Upstream[];
  /** Passes to the group of that name; null: to an address that a variable decides. */
  passesTo(group: string | null): readonly Pass[];
  /** Passes of that server block; of those that name none with null. */
  passesOf(server: Place | null): readonly Pass[];
  /** The first listener that a connection to this address reaches. `local`: the address is this host's own. */
  listenerAt(peer: string, local: boolean): Listen | null;
  /** Whether nginx listens at that port on all addresses. */
  listensEverywhereAt(port: string): boolean;
  readonly httpServers: ReadonlySet<string>;
  readonly streamServers: ReadonlySet<string>;
}

const ANY_HOST = new Set(['0.0.0.0', '::', '*', '']);
const LOOPBACK = /^(127\.|\[?::1\]?(:|$)|localhost(:|$)|unix:)/;

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** A literal address or a unix socket: no name that the system or a resolver turns into others. */
export function isAddress(address: string): boolean {
  return /^(?:\d+\.\d+\.\d+\.\d+(?::|$)|\[|unix:)/.test(address);
}

export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: address.slice(colon + 1) };
}

function peerAddresses({ name, servers }: Upstream): ReadonlySet<string> {
  return new Set([name, ...servers.map(({ address }) => address)]);
}

const placeKey = ({ file, line }: Place): string => `${file}:${line}`;

function indexListens(listens: readonly Listen[]): Pick<SettingsIndex, 'listenerAt' | 'listensEverywhereAt'> {
  const exact = new Map<string, number>();
  const local = new Map<string, number>();
  const everywhere = new Set<string>();
  const first = (map: Map<string, number>, key: string, i: number): void => void (map.has(key) || map.set(key, i));
  for (const [i, { address }] of listens.entries()) {
    const { host, port } = splitAddress(address);
    first(exact, address.startsWith('unix:') ? address : `${host} ${port}`, i);
    if (ANY_HOST.has(host)) everywhere.add(port);
    if (ANY_HOST.has(host) || isLoopback(host)) first(local, port, i);
  }
  return {
    listenerAt(peer, isLocal) {
      if (peer.startsWith('unix:')) return listens[exact.get(peer) ?? -1] ?? null;
      const { host, port } = splitAddress(peer);
      const found = [exact.get(`${host} ${port}`), isLocal ? local.get(port) : undefined];
      return listens[Math.min(...found.map((i) => i ?? listens.length))] ?? null;
    },
    listensEverywhereAt: (port) => everywhere.has(port),
  };
}

export const settingsIndex = remembered(({ upstreams, passes, listens }: Settings): SettingsIndex => {
  const entries = upstreams.flatMap((group) => [...peerAddresses(group)].map((peer) => ({ peer, group })));
  const byPeer = groupBy(entries, ({ peer }) => peer);
  const byName = groupBy(upstreams, ({ name }) => name);
  const byTarget = groupBy(passes, ({ upstream }) => upstream);
  const byServer = groupBy(passes, ({ server }) => (server === undefined ? null : placeKey(server)));
  const serversOf = (context: Upstream['context']): ReadonlySet<string> =>
    new Set(entries.flatMap(({ peer, group }) => (group.context === context ? [peer] : [])));
  return {
    groupsOf: (peer) => (byPeer.get(peer) ?? []).map(({ group }) => group),
    named: upstreams.filter(({ servers }) => servers.some(({ address }) => !isAddress(address))),
    groupsNamed: (name) => byName.get(name) ?? [],
    passesTo: (group) => byTarget.get(group) ?? [],
    passesOf: (server) => byServer.get(server === null ? null : placeKey(server)) ?? [],
    ...indexListens(listens),
    httpServers: serversOf('http'),
    streamServers: serversOf('stream'),
  };
});
