/** Upstream keepalive needs every one of its parts; one that is missing and each request opens a connection, silently. */
import type { Pass, Settings, Upstream } from '../../nginx/settings.ts';
import { isSince } from '../../nginx/version.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { number, percent, samePlace } from '../words.ts';

/** TIME_WAIT on Linux: at one connection a request, 60 times the rate of them are there. */
const TIME_WAIT_SECONDS = 60;
/** Half of the ports gone is too near. */
const PORTS_AT_RISK = 0.5;

const part = (need: boolean, line: string): readonly string[] => (need ? [line] : []);

/** Lines that this pass, or its upstream, lacks. */
function missing(pass: Pass, upstream: Upstream, version: string | null): readonly string[] {
  const modern = isSince(version, '1.29.7');
  const header = pass.connectionHeader;
  const closes = header === null ? !modern : header.value.toLowerCase() === 'close';
  const proxied = pass.kind === 'proxy';
  return [
    ...part(upstream.keepalive === null, `keepalive 16;   # in upstream ${upstream.name}, below its balancing method`),
    ...part(
      upstream.balancerBelowKeepalive !== undefined && !modern,
      `keepalive ${upstream.keepalive?.value ?? 16};   # below the balancing method of ${upstream.name}`,
    ),
    ...part(proxied && pass.httpVersion.value === '1.0', 'proxy_http_version 1.1;'),
    ...part(proxied && closes, 'proxy_set_header Connection "";'),
    ...part(pass.kind === 'fastcgi' && pass.keepConn?.value === false, 'fastcgi_keep_conn on;'),
  ];
}

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
    const lines = missing(pass, upstream, settings.version);
    return lines.length === 0 ? [] : [{ pass, lines }];
  });
  const [first] = lacking;
  if (first === undefined || upstream.servers.every(({ address }) => address.startsWith('unix:'))) return [];
  const share = portShare(host);
  const wanted = isWanted(upstream, first.pass);
  if (!wanted && (share === null || share < PORTS_AT_RISK)) return [];
  const more = lacking.length > 1 ? ` in ${lacking.length} places` : '';
  const unsure = settings.version === null ? ' (unless nginx is 1.29.7 or newer)' : '';
  return [
    {
      severity: 'warning',
      place: first.pass.place,
      text: `connections to ${upstream.name} are not kept${unsure}${more}: ${first.lines.map((line) => line.replace(/;.*/s, '')).join(' and ')} ${first.lines.length === 1 ? 'is' : 'are'} missing`,
      cost: costOf(host, share),
      remedy: first.lines.join('\n'),
    },
  ];
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  return settings.upstreams
    .filter(({ explicit, context, keepalive }) => explicit && context === 'http' && keepalive?.value !== 0)
    .flatMap((upstream) => {
      const passes = settings.passes.filter(
        ({ upstream: name, context, kind, upgradesWebsocket }) =>
          // Neither protocol can keep a connection, and an upgraded one is never returned to the pool.
          name === upstream.name && context === 'http' && kind !== 'uwsgi' && kind !== 'scgi' && !upgradesWebsocket,
      );
      const distinct = passes.filter((pass, i) => passes.findIndex((one) => samePlace(one.place, pass.place)) === i);
      return object(upstream, distinct, settings, host);
    });
}

export const rule: Rule = {
  id: 'upstream-keepalive-ineffective',
  title: 'Upstream keepalive without all of its parts',
  reference:
    'nginx src/http/modules/ngx_http_upstream_keepalive_module.c ngx_http_upstream_free_keepalive_peer(); NGINX.md §4.10; CHANGES 1.29.7',
  judge,
};
