/** Upstream keepalive needs every one of its parts; one that is missing and each request opens a connection, silently. */

import type { Pass, Settings, Upstream } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { isSince } from '../../nginx/version.ts';
import { distinctBy, groupBy } from '../grouping.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { number, percent, placeText } from '../words.ts';

/** TIME_WAIT on Linux: at one connection a request, 60 times the rate of them are there. */
const TIME_WAIT_SECONDS = 60;
/** Half of the ports gone is too near. */
const PORTS_AT_RISK = 0.5;

interface Part {
  /** As a sentence names it. */
  readonly what: string;
  /** As it is written. */
  readonly line: string;
  /** Not needed any more since 1.29.7. */
  readonly older: boolean;
}

const part = (need: boolean, what: string, line = `${what};`, older = true): readonly Part[] =>
  need ? [{ what, line, older }] : [];

/** Parts that this pass, or its upstream, lacks. */
function missing(pass: Pass, { name, keepalive, balancerBelowKeepalive }: Upstream, modern: boolean): readonly Part[] {
  const header = pass.connectionHeader;
  const closes = header === null ? !modern : header.value.toLowerCase() === 'close';
  const mapped = header !== null && pass.connectionWithoutUpgrade === 'close';
  const proxied = pass.kind === 'proxy';
  const pool = `keepalive ${keepalive?.value ?? 16};`;
  const misplaced = balancerBelowKeepalive !== undefined && !modern;
  return [
    ...part(keepalive === null, `keepalive in upstream ${name}`, `${pool}   # in upstream ${configWord(name)}`),
    ...part(
      misplaced,
      `keepalive below the balancing method of ${name}`,
      `${pool}   # as the last line of ${configWord(name)}`,
    ),
    ...part(proxied && pass.httpVersion.value === '1.0', 'proxy_http_version 1.1'),
    ...part(proxied && closes, 'proxy_set_header Connection ""'),
    ...part(
      proxied && mapped,
      `a map of ${header?.value} without '' close`,
      `map $http_upgrade ${configWord(header?.value ?? '')} { default upgrade; '' ''; }`,
      false,
    ),
    ...part(pass.kind === 'fastcgi' && pass.keepConn?.value === false, 'fastcgi_keep_conn on', undefined, false),
  ];
}

/** An upgraded connection is never returned to the pool; at `/` plain requests come along the same way. */
const isForUpgradesOnly = ({ upgradesWebsocket, connectionWithoutUpgrade, location }: Pass): boolean =>
  upgradesWebsocket && !(connectionWithoutUpgrade === 'close' && (location === null || location === '/'));

/** Some part of it is written, so somebody wants it. */
function isWanted({ keepalive }: Upstream, pass: Pass): boolean {
  if (keepalive !== null) return keepalive.value > 0;
  return pass.keepConn?.value === true || (pass.connectionHeader?.value === '' && pass.httpVersion.place !== null);
}

/** Ephemeral ports that one connection a request keeps in TIME_WAIT, as a share of those there are. */
function portShare({ requestsPerSecond, system }: HostFacts): number | null {
  const first = system?.ephemeralPortFirst ?? null;
  const last = system?.ephemeralPortLast ?? null;
  if (requestsPerSecond === null || first === null || last === null) return null;
  return (requestsPerSecond * TIME_WAIT_SECONDS) / Math.max(1, last - first + 1);
}

function costOf({ requestsPerSecond }: HostFacts, share: number | null): string {
  if (requestsPerSecond === null || share === null)
    return 'every request opens a connection: a round trip more, and its port stays in TIME_WAIT for 60 s';
  return `at ${number(requestsPerSecond)} requests a second up to ${number(requestsPerSecond * TIME_WAIT_SECONDS)} ports stay in TIME_WAIT, ${percent(share)} of those there are`;
}

function object(
  upstream: Upstream,
  passes: readonly Pass[],
  settings: Settings,
  host: HostFacts,
): readonly Objection[] {
  const lacking = passes.flatMap((pass) => {
    const parts = missing(pass, upstream, isSince(settings.version, '1.29.7'));
    return parts.length === 0 ? [] : [{ pass, parts }];
  });
  const [first] = lacking;
  if (first === undefined || upstream.servers.every(({ address }) => address.startsWith('unix:'))) return [];
  const share = portShare(host);
  const wanted = isWanted(upstream, first.pass);
  if (!wanted && (share === null || share < PORTS_AT_RISK)) return [];
  const more = lacking.length > 1 ? ` in ${lacking.length} places` : '';
  const unsure =
    settings.version === null && first.parts.every(({ older }) => older) ? ' (unless nginx is 1.29.7 or newer)' : '';
  return [
    {
      severity: 'warning',
      place: first.pass.place,
      text: `connections to ${upstream.name} are not kept${unsure}${more}: ${first.parts.map(({ what }) => what).join(' and ')} ${first.parts.length === 1 ? 'is' : 'are'} missing`,
      cost: costOf(host, share),
      remedy: first.parts.map(({ line }) => line).join('\n'),
    },
  ];
}

/** By upstream. Neither uwsgi nor scgi can keep a connection. */
function keepable({ passes }: Settings): ReadonlyMap<string | null, readonly Pass[]> {
  const able = passes.filter(
    (pass) => pass.context === 'http' && pass.kind !== 'uwsgi' && pass.kind !== 'scgi' && !isForUpgradesOnly(pass),
  );
  return groupBy(
    distinctBy(able, ({ place, upstream }) => `${placeText(place)} ${upstream}`),
    ({ upstream }) => upstream,
  );
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const passes = keepable(settings);
  return settings.upstreams
    .filter(({ explicit, context, keepalive }) => explicit && context === 'http' && keepalive?.value !== 0)
    .flatMap((upstream) => object(upstream, passes.get(upstream.name) ?? [], settings, host));
}

export const rule: Rule = {
  id: 'upstream-keepalive-ineffective',
  title: 'Upstream keepalive without all of its parts',
  reference:
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c ngx_http_upstream_free_keepalive_peer(); CHANGES 1.29.7',
  judge,
};
