/** Upstream peers as the configuration and the sockets write them. */
import type { Evidence } from '../core/evidence.ts';
import type { Listen, Pass, Settings, Upstream, UpstreamServer } from '../core/settings.ts';
import type { Signal } from '../core/signal.ts';
import { peerOf } from './log.ts';
import { isLoopback, settingsIndex, splitAddress } from './settings-index.ts';

/** The group that has this server, by its name or address; null when none is known to. */
export function groupOf({ settings }: Evidence, peer: string | null): Upstream | null {
  return settings === null || peer === null ? null : (settingsIndex(settings).groupsOf(peer)[0] ?? null);
}

/** Servers that nginx may ask. */
export function liveServers({ servers }: Upstream): readonly UpstreamServer[] {
  return servers.filter(({ down }) => !down);
}

/** nginx never leaves out the only server of a group, but `down` entries make it one of several (ngx_http_upstream_get_round_robin_peer). */
export function isAloneBesideDown(group: Upstream): boolean {
  return group.servers.length > 1 && liveServers(group).length === 1;
}

/** Those with this server; where none is written with it, those that may have it behind a name. */
export function upstreamsWith(settings: Settings, peer: string): readonly Upstream[] {
  const index = settingsIndex(settings);
  const written = index.groupsOf(peer);
  return written.length > 0 || peer.startsWith('unix:') ? written : index.named;
}

/** The location that passes to `peer`, as far as only one can be meant; null otherwise. */
export function passTo({ settings }: Evidence, peer: string | null): Pass | null {
  if (settings === null) return null;
  const { passes } = settings;
  if (peer === null) return passes.length === 1 ? (passes[0] ?? null) : null;
  const index = settingsIndex(settings);
  const [group, ...others] = upstreamsWith(settings, peer);
  const meant = group !== undefined && (others.length === 0 || index.groupsOf(peer).length > 0);
  return (meant ? index.passesTo(group.name)[0] : undefined) ?? null;
}

type PeerSockets = readonly { readonly address: string; readonly sockets: number }[];

/** Share of the sockets whose peers serve stream{} alone: a TCP proxy opens a leg with the client's, before any request. */
export function streamShare({ settings }: Evidence, peers: PeerSockets): number {
  if (settings === null) return 0;
  const { httpServers, streamServers } = settingsIndex(settings);
  const sum = (list: PeerSockets) => list.reduce((total, { sockets }) => total + sockets, 0);
  return (
    sum(peers.filter(({ address }) => streamServers.has(address) && !httpServers.has(address))) /
    Math.max(1, sum(peers))
  );
}

/** `10.0.0.5` of `10.0.0.5:9000`, `2001:db8::1` of `[2001:db8::1]:443`. */
export function hostOf(peer: string): string {
  return peer.includes(':') ? splitAddress(peer).host : peer;
}

/** nginx's own listening socket that `peer` (address:port or unix:path) reaches; null when it is not one. */
export function ownListener({ settings }: Evidence, peer: string): Listen | null {
  const isLocal = splitAddress(peer).host === 'localhost' || isLoopback(peer);
  return settings === null ? null : settingsIndex(settings).listenerAt(peer, isLocal);
}

/** Whether nginx may listen at `peer`, should that be an address of this host: it does so on all addresses, or the config is not known. */
export function mayListenAt({ settings }: Evidence, peer: string): boolean {
  return settings === null || settingsIndex(settings).listensEverywhereAt(splitAddress(peer).port);
}

/** IPv6 literal with or without a port: `[2001:db8::1]:443`. */
function isIpv6(address: string): boolean {
  return address.startsWith('[') || (address.match(/:/g)?.length ?? 0) > 1;
}

/** A line about connecting to an IPv6 literal. */
export function aboutIpv6({ captures }: Signal): boolean {
  const address = captures.peer ?? captures.upstream;
  return address !== undefined && isIpv6(peerOf(address));
}
