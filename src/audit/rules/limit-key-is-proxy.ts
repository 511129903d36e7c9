/** Reports limits by client address when a proxy is in front of nginx: all its users then share one limit. */

import { percent } from '../../core/format.ts';
import type { LimitZone, Settings } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { endpointOf, isInner } from '../addresses.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';

interface Hint {
  readonly why: string;
  readonly trust: string;
  readonly header: string;
}

const INNER_NETWORK = '10.0.0.0/8';

/** A sign that the peer of nginx is a proxy, not the client; null without one. */
function hintOf({ listens, realIp }: Settings, { sharedClient }: HostFacts): Hint | null {
  if (realIp != null && realIp.trusted.length > 0) return null;
  const tcp = listens.filter((listen) => listen.context === 'http' && listen.udp !== true);
  const announced = tcp.find(({ proxyProtocol }) => proxyProtocol);
  if (announced !== undefined) {
    const why = `${announced.address} expects the PROXY protocol`;
    return { why, trust: INNER_NETWORK, header: 'proxy_protocol' };
  }
  if (realIp != null) {
    const why = `real_ip_header ${realIp.header} is set but no sender is trusted (no set_real_ip_from)`;
    return { why, trust: INNER_NETWORK, header: realIp.header };
  }
  if (sharedClient !== null) {
    const { address, ratio } = sharedClient;
    return { why: `${percent(ratio)} of the requests come from ${address}`, trust: address, header: 'X-Forwarded-For' };
  }
  const inner = tcp.length > 0 && tcp.every(({ address }) => isInner(endpointOf(address).host));
  const [first] = tcp;
  if (!inner || first === undefined) return null;
  const { host } = endpointOf(first.address);
  const trust = /^unix:/i.test(host) ? 'unix:' : host;
  return { why: `nginx listens only on private addresses (${first.address})`, trust, header: 'X-Forwarded-For' };
}

const keyOf = (kind: string, name: string): string => `${kind} ${name}`;

function usedZones({ limitUses }: Settings): (zone: LimitZone) => boolean {
  const used = new Set(limitUses.map(({ kind, zone }) => keyOf(`${kind}_zone`, zone)));
  return ({ kind, name }) => used.has(keyOf(kind, name));
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const hint = hintOf(settings, host);
  if (hint === null) return [];
  const isUsed = usedZones(settings);
  const shared = settings.limitZones.filter((zone) => /^\$(binary_)?remote_addr$/.test(zone.key) && isUsed(zone));
  return shared.map(({ name, key, place }) => ({
    severity: 'warning',
    place,
    text: `zone ${name} counts by ${key}, but ${hint.why}`,
    cost: 'all users of that proxy share one limit, and a busy minute rejects all of them',
    remedy: `set_real_ip_from ${configWord(hint.trust)};   # only your proxies\nreal_ip_header ${hint.header};`,
  }));
}

export const rule: Rule = {
  id: 'limit-key-is-proxy',
  title: 'Limit counts a proxy instead of its clients',
  reference: 'nginx.org ngx_http_realip_module',
  judge,
};
