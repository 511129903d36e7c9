/** Reports incomplete upstream keepalive: if one setting is missing, each request opens a new connection. */

import { percent } from '../../core/format.ts';
import { distinctBy, groupBy } from '../../core/grouping.ts';
import type { Pass, Settings, Upstream } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { isSince } from '../../nginx/version.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { number, placeText } from '../words.ts';

/** Linux keeps a closed connection in TIME_WAIT for this long. */
const TIME_WAIT_SECONDS = 60;
/** Share of the ephemeral ports in TIME_WAIT from which the rule reports. */
const PORTS_AT_RISK = 0.5;

interface Part {
  /** Its name in a sentence. */
  readonly what: string;
  /** The configuration line. */
  readonly line: string;
  /** nginx 1.29.7 and later do not need it. */
  readonly older: boolean;
}

const part = (need: boolean, what: string, line = `${what};`, older = true): readonly Part[] =>
  need ? [{ what, line, older }] : [];

/** The settings that are missing in this pass or its upstream. */
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

/** An upgraded connection never returns to the pool. A location `/` also receives plain requests. */
const isForUpgradesOnly = ({ upgradesWebsocket, connectionWithoutUpgrade, location }: Pass): boolean =>
  upgradesWebsocket && !(connectionWithoutUpgrade === 'close' && (location === null || location === '/'));

/** Some setting of upstream keepalive is present, so the author wanted it. */
function isWanted({ keepalive }: Upstream, pass: Pass): boolean {
  if (keepalive !== null) return keepalive.value > 0;
  return pass.keepConn?.value === true || (pass.connectionHeader?.value === '' && pass.httpVersion.place !== null);
}

/** Share of the ephemeral ports in TIME_WAIT when each request opens a connection. */
function portShare({ requestsPerSecond, system }: HostFacts): number | null {
  const first = system?.ephemeralPortFirst ?? null;
  const last = system?.ephemeralPortLast ?? null;
  if (requestsPerSecond === null || first === null || last === null) return null;
  return (requestsPerSecond * TIME_WAIT_SECONDS) / Math.max(1, last - first + 1);
}

function costOf({ requestsPerSecond }: HostFacts, share: number | null): string {
  if (requestsPerSecond === null || share === null)
    return 'every request opens a connection: it costs a round trip, and its port stays in TIME_WAIT for 60 s';
  return `at ${number(requestsPerSecond)} requests a second up to ${number(requestsPerSecond * TIME_WAIT_SECONDS)} ports stay in TIME_WAIT, ${percent(share)} of all ephemeral ports`;
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
      text: `nginx does not reuse connections to ${upstream.name}${unsure}${more}: ${first.parts.map(({ what }) => what).join(' and ')} ${first.parts.length === 1 ? 'is' : 'are'} missing`,
      cost: costOf(host, share),
      remedy: first.parts.map(({ line }) => line).join('\n'),
    },
  ];
}

/** Passes by upstream. uwsgi and scgi cannot keep connections open. */
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
  title: 'Incomplete upstream keepalive',
  reference:
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c ngx_http_upstream_free_keepalive_peer(); CHANGES 1.29.7',
  judge,
};
