/** Upstream peers as the configuration and the sockets write them. */
import type { Evidence } from '../../core/evidence.ts';
import type { Signal } from '../../core/signal.ts';
import type { Listen, Pass, Upstream, UpstreamServer } from '../../nginx/settings.ts';
import { peerOf } from './log.ts';

function peerAddresses(upstream: Upstream): ReadonlySet<string> {
  return new Set([upstream.name, ...upstream.servers.map((server) => server.address)]);
}

/** The group that has this server, by its name or address; null when none is known to. */
export function groupOf({ settings }: Evidence, peer: string | null): Upstream | null {
  return settings?.upstreams.find((upstream) => peer !== null && peerAddresses(upstream).has(peer)) ?? null;
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
export function upstreamsWith(upstreams: readonly Upstream[], peer: string): readonly Upstream[] {
  const written = upstreams.filter((upstream) => peerAddresses(upstream).has(peer));
  if (written.length > 0 || peer.startsWith('unix:')) return written;
  return upstreams.filter(({ servers }) => servers.some(({ address }) => !isAddress(address)));
}

/** The location that passes to `peer`, as far as only one can be meant; null otherwise. */
export function passTo({ settings }: Evidence, peer: string | null): Pass | null {
  if (settings === null) return null;
  const { upstreams, passes } = settings;
  if (peer === null) return passes.length === 1 ? (passes[0] ?? null) : null;
  const [group, ...others] = upstreamsWith(upstreams, peer);
  const meant = group !== undefined && (others.length === 0 || peerAddresses(group).has(peer));
  return (meant ? passes.find(({ upstream }) => upstream === group.name) : undefined) ?? null;
}

type PeerSockets = readonly { readonly address: string; readonly sockets: number }[];

/** Share of the sockets whose peers serve stream{} alone: a TCP proxy opens a leg with the client's, before any request. */
export function streamShare({ settings }: Evidence, peers: PeerSockets): number {
  const servers = (context: Upstream['context']) =>
    new Set(settings?.upstreams.flatMap((one) => (one.context === context ? [...peerAddresses(one)] : [])));
  const [http, stream] = [servers('http'), servers('stream')];
  const sum = (list: PeerSockets) => list.reduce((total, { sockets }) => total + sockets, 0);
  return sum(peers.filter(({ address }) => stream.has(address) && !http.has(address))) / Math.max(1, sum(peers));
}

const LOOPBACK = /^(127\.|\[?::1\]?(:|$)|localhost(:|$)|unix:)/;

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

function split(address: string): { readonly host: string; readonly port: string } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: address.slice(colon + 1) };
}

/** `10.0.0.5` of `10.0.0.5:9000`, `2001:db8::1` of `[2001:db8::1]:443`. */
export function hostOf(peer: string): string {
  return peer.includes(':') ? split(peer).host : peer;
}

const ANY_HOST = new Set(['0.0.0.0', '::', '*', '']);

/** nginx's own listening socket that `peer` (address:port or unix:path) reaches; null when it is not one. */
export function ownListener(evidence: Evidence, peer: string): Listen | null {
  const listens = evidence.settings?.listens ?? [];
  if (peer.startsWith('unix:')) return listens.find((listen) => listen.address === peer) ?? null;
  const { host, port } = split(peer);
  const local = host === 'localhost' || isLoopback(peer);
  return (
    listens.find((listen) => {
      const own = split(listen.address);
      if (own.port !== port) return false;
      return own.host === host || (local && ANY_HOST.has(own.host)) || (local && isLoopback(own.host));
    }) ?? null
  );
}

/** Whether nginx may listen at `peer`, should that be an address of this host: it does so on all addresses, or the config is not known. */
export function mayListenAt({ settings }: Evidence, peer: string): boolean {
  const { port } = split(peer);
  return (
    settings === null ||
    settings.listens.map((listen) => split(listen.address)).some((own) => own.port === port && ANY_HOST.has(own.host))
  );
}

/** A literal address or a unix socket: no name that the system or a resolver turns into others. */
export function isAddress(address: string): boolean {
  return /^(?:\d+\.\d+\.\d+\.\d+(?::|$)|\[|unix:)/.test(address);
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
