/** Whether nginx keeps connections to an upstream open between requests: written is not the same as in effect. */
import { type Evidence, remembered } from '../core/evidence.ts';
import type { Pass, Settings, Upstream } from '../core/settings.ts';
import { isSince } from '../nginx/version.ts';

export type KeepaliveState =
  | 'on'
  | 'off' // no pool, or nothing that could be put into it
  | 'ineffective'; // there is a pool, but what the location sends undoes it

export interface PassedUpstream {
  readonly upstream: Upstream;
  readonly pass: Pass;
  readonly state: KeepaliveState;
}

/** Neither uwsgi nor scgi ever keeps a connection: their modules do not set `u->keepalive`. */
const NEVER_KEPT: ReadonlySet<Pass['kind']> = new Set(['uwsgi', 'scgi']);

/** Whether a line's upstream, `uwsgi://…`, is one whose connections are never kept, whatever the configuration says. */
export function isNeverKept(upstream: string | undefined): boolean {
  return /^(?:s?uwsgi|scgi):/.test(upstream ?? '');
}

/** Before 1.29.7 a balancing method written below `keepalive` takes the place of its pool. */
function hasPool({ keepalive, balancerBelowKeepalive }: Upstream, modern: boolean): boolean {
  return keepalive !== null && keepalive.value > 0 && (balancerBelowKeepalive === undefined || modern);
}

/** Connections are closed after each request: FastCGI without keep_conn, HTTP/1.0, or a Connection header that says so. */
function isUndone({ kind, keepConn, httpVersion, connectionHeader, ...pass }: Pass, modern: boolean): boolean {
  if (kind === 'fastcgi') return keepConn?.value !== true;
  if (kind !== 'proxy') return false;
  const closes = connectionHeader === null ? !modern : connectionHeader.value.toLowerCase() === 'close';
  return httpVersion.value === '1.0' || closes || pass.connectionWithoutUpgrade === 'close';
}

function stateOf(upstream: Upstream, pass: Pass, modern: boolean): KeepaliveState {
  if (!hasPool(upstream, modern) || NEVER_KEPT.has(pass.kind)) return 'off';
  return isUndone(pass, modern) ? 'ineffective' : 'on';
}

/** Pairs whose HTTP proxying undoes the pool: nginx closes each of these connections, and its port waits for 60 s. */
export function undoneProxies({ settings }: Evidence): readonly PassedUpstream[] {
  return settings === null ? [] : undoneOf(settings);
}

/** Every pair of a location and the upstream it passes to; empty when the settings are not known. */
export function passedUpstreams({ settings }: Evidence): readonly PassedUpstream[] {
  return settings === null ? [] : pairsOf(settings);
}

const pairsOf = remembered((settings: Settings): readonly PassedUpstream[] => {
  const modern = isSince(settings.version, '1.29.7');
  const byName = new Map(settings.upstreams.map((upstream) => [`${upstream.context} ${upstream.name}`, upstream]));
  return settings.passes.flatMap((pass) => {
    const upstream = byName.get(`${pass.context} ${pass.upstream}`);
    return upstream === undefined ? [] : [{ upstream, pass, state: stateOf(upstream, pass, modern) }];
  });
});

const undoneOf = remembered((settings: Settings) =>
  pairsOf(settings).filter(({ state, pass }) => state === 'ineffective' && pass.kind === 'proxy'),
);
