/** Whether nginx keeps connections to an upstream open between requests: written is not the same as in effect. */
import type { Evidence } from '../../core/evidence.ts';
import type { Pass, Upstream } from '../../nginx/settings.ts';

export type KeepaliveState =
  | 'on'
  | 'off' // not asked for
  | 'ineffective'; // asked for, but HTTP/1.0 or `Connection: close` undoes it

/** Since 1.29.7 explicit upstream blocks keep connections and proxies speak HTTP/1.1 unless told otherwise. */
function onByDefault(version: string | null): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split('.').map(Number);
  return major > 1 || (major === 1 && (minor > 29 || (minor === 29 && patch >= 7)));
}

function keepaliveState(evidence: Evidence, upstream: Upstream, pass: Pass): KeepaliveState {
  const modern = onByDefault(evidence.settings?.version ?? null);
  const wanted = upstream.keepalive === null ? modern && upstream.explicit : upstream.keepalive.value > 0;
  if (!wanted) return 'off';
  if (pass.kind === 'grpc' || pass.kind === 'memcached') return 'on';
  if (pass.kind !== 'proxy') return 'on';
  const speaksNew = pass.httpVersion.value !== '1.0' || (modern && pass.httpVersion.place === null);
  const closes = pass.connectionHeader === null ? !modern : pass.connectionHeader.value.toLowerCase() === 'close';
  return speaksNew && !closes ? 'on' : 'ineffective';
}

export interface PassedUpstream {
  readonly upstream: Upstream;
  readonly pass: Pass;
  readonly state: KeepaliveState;
}

/** Every pair of a location and the upstream it passes to; empty when the settings are not known. */
export function passedUpstreams(evidence: Evidence): readonly PassedUpstream[] {
  const { settings } = evidence;
  return (settings?.passes ?? []).flatMap((pass) => {
    const upstream = settings?.upstreams.find(({ name }) => name === pass.upstream);
    return upstream === undefined ? [] : [{ upstream, pass, state: keepaliveState(evidence, upstream, pass) }];
  });
}
