/**
 * limit_req or limit_conn uses the client address as its key while the clients arrive through a proxy. All users then
 * share one allowance.
 */

import type { EvidenceItem, Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { percent, plural } from '../../core/format.ts';
import type { Place } from '../../core/settings.ts';
import { isCloudflare } from '../../findings/cdn.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest, isActive, isRejection, type Lines, linesBy } from '../../findings/log.ts';
import { addLosses, linesLost } from '../../findings/loss.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fix, item } from '../words.ts';

const MIN_LINES = 10;
const MOST = 0.8;
/** The most addresses that a pool of load balancers is expected to have. */
const MAX_PROXIES = 4;
/** Different requests needed to assume several users. A benchmark or a health check repeats one request. */
const VARIED_REQUESTS = 5;
const PRIVATE =
  /^(10\.|127\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|::1$|f[cd][0-9a-f]{2}:|unix:)/i;

/** Addresses that belong to no visitor (private ones, a CDN's), and their share of the lines. */
function sharedClients(lines: Lines): { readonly share: number; readonly addresses: readonly string[] } {
  const nobodys = [...linesBy(lines, 'client')].filter(([client]) => PRIVATE.test(client) || isCloudflare(client));
  const total = nobodys.reduce((sum, [, count]) => sum + count, 0);
  return { share: total / lines.count, addresses: nobodys.map(([client]) => client).sort() };
}

function fixes(addresses: readonly string[], place: Place | null): Fix[] {
  return [
    fix({
      title: 'Take the client’s address from the proxy',
      directive: 'set_real_ip_from',
      snippet: `${addresses.map((address) => `set_real_ip_from ${configWord(address)};`).join('\n')}\nreal_ip_header ${addresses.every(isCloudflare) ? 'CF-Connecting-IP' : 'X-Forwarded-For'};   # or proxy_protocol\nreal_ip_recursive on;`,
      place,
      effect: '$remote_addr (and the limit’s key) is the user’s address again',
      risk: 'trust only your own proxies: anyone else may forge the header',
    }),
  ];
}

/** A setting that implies a proxy in front. null when there is none. */
function configuredHint({ settings }: Evidence): string | null {
  if (settings?.listens.some(({ proxyProtocol }) => proxyProtocol) === true)
    return 'a listener expects the PROXY protocol';
  if (settings?.realIp != null)
    return `real_ip_header ${settings.realIp.header} is set, but no address is trusted to send it`;
  return null;
}

/** A trait of the rejected requests that implies a proxy. null when there is none. */
function requestHint(lines: Lines, addresses: readonly string[]): string | null {
  if (addresses.every(isCloudflare)) return 'the rejected addresses are Cloudflare’s, shared by all visitors';
  const requests = lines.signals.flatMap(({ captures }) => captures.request ?? []);
  if (requests.length === 0) return null;
  if (requests.every((request) => request.endsWith(' HTTP/1.0')))
    return 'the rejected requests are HTTP/1.0, which proxies speak and browsers do not';
  const different = new Set(requests).size;
  return different >= VARIED_REQUESTS && different >= requests.length / 2
    ? `the rejected address asks for ${different} different things in ${requests.length} lines`
    : null;
}

interface Senders {
  /** Share of the logged requests that comes from the rejected addresses. */
  readonly share: number;
  readonly others: number;
}

/** null without an access log. */
function sendersOf({ access }: Findings, addresses: readonly string[]): Senders | null {
  const all = access.topClients.reduce((sum, { requests }) => sum + requests, 0);
  if (all === 0) return null;
  const theirs = access.topClients.filter(({ address }) => addresses.includes(address));
  return {
    share: theirs.reduce((sum, { requests }) => sum + requests, 0) / all,
    others: access.topClients.length - theirs.length,
  };
}

/**
 * Other addresses allowed beside the proxy, such as a health check and the host itself. More mean that visitors arrive
 * directly.
 */
const MAX_OTHERS = 2;

/** Why these addresses belong to busy clients and not to a proxy. null when they look like a proxy's. */
function objection(evidence: Evidence, senders: Senders | null, hint: string | null): string | null {
  if (evidence.settings?.realIp != null && evidence.settings.realIp.trusted.length > 0)
    return 'client addresses are taken from the proxy’s header';
  if (senders !== null && senders.others > MAX_OTHERS)
    return `${senders.others} other addresses are served directly: the rejected ones are single clients`;
  return hint === null && (senders?.share ?? 0) < MOST
    ? 'nothing shows that the rejected address is a proxy’s and not one busy client’s'
    : null;
}

function proofItems(evidence: Evidence, senders: Senders | null, hint: string | null, who: string): EvidenceItem[] {
  const at = evidence.asOf;
  const found: EvidenceItem[] = [];
  if (senders !== null) {
    const text = `${percent(senders.share)} of the logged requests come from ${who}`;
    found.push(item('access.top_clients', { value: senders.share, unit: 'ratio', threshold: MOST, text, at }));
  }
  if (hint !== null) found.push(item('settings.proxy_in_front', { value: 'yes', text: hint, at }));
  return found;
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const limited = findings.lines('limited', isRejection);
  if (!isActive(limited)) return null;
  const zone = commonest(limited, 'zone')?.value ?? null;
  const set = evidence.settings?.limitZones.find(({ name }) => name === zone) ?? null;
  if (set !== null && !/\$(binary_)?remote_addr\b/.test(set.key))
    return ruledOut(`zone ${zone} is keyed on ${set.key}, not on the address`);
  const { share, addresses } = sharedClients(limited);
  const few = addresses.length <= MAX_PROXIES || addresses.every(isCloudflare);
  if (limited.count < MIN_LINES || share < MOST || !few)
    return ruledOut('the rejected clients are no small set of addresses of a proxy');
  const senders = sendersOf(findings, addresses);
  const hint = configuredHint(evidence) ?? requestHint(limited, addresses);
  const because = objection(evidence, senders, hint);
  if (because !== null) return ruledOut(because);
  const who = addresses.join(', ');
  return confirmed({
    confidence: hint !== null && (senders?.share ?? 0) >= MOST ? 'certain' : 'likely',
    severity: 'critical',
    losing: addLosses([linesLost(limited, '503s of a limit that many users share')]),
    since: limited.firstAt,
    summary: `Zone ${zone ?? '?'} limits all users as one client: ${percent(share)} of the rejections concern ${who}, ${plural(addresses.length, 'address', 'addresses')} of a proxy in front.`,
    evidenceFor: [
      item(limited.newest.pattern, {
        value: limited.count,
        unit: 'lines',
        text: `${plural(limited.count, 'rejection')}, ${percent(share)} of them for ${who}`,
        at: limited.lastAt,
      }),
      ...proofItems(evidence, senders, hint, who),
    ],
    fixes: fixes(addresses, set?.place ?? null),
    doNot: ['Do not raise the rate until it stops: one user could then use all of it.'],
    nextChecks: ['clients', 'config'],
  });
}

export const cause: Cause = {
  id: 'limit-key-shared',
  kind: 'cause',
  title: 'Limit shared by all users of a proxy',
  means:
    'limit_req or limit_conn is keyed on $remote_addr, but the clients arrive through a load balancer, so all of them share its address as key.',
  looksLike: '"limiting requests" lines that all name one or a few private addresses; 503 for users who did little.',
  fix: 'Take the client’s address from the proxy (set_real_ip_from, real_ip_header), or key the zone on something that differs between users.',
  differsFrom: [
    {
      cause: 'rate-limited',
      how: 'there the addresses belong to the offenders, and other visitors have different ones',
    },
  ],
  references: ['nginx docs: ngx_http_realip_module', 'nginx docs: ngx_http_limit_req_module, limit_req_zone'],
  reads: ['limited', 'access', 'settings'],
  consequences: ['rate-limited'],
  precedence: 85,
  judge,
};
