/** Decides what occupies the slots: each rule reads the numbers and names an occupant or passes. */
import type { Evidence } from '../core/evidence.ts';
import { number, percent } from '../core/format.ts';
import { isSlow, isSlower } from './access.ts';
import { type Lines, readLines, waitsForAnswer } from './log.ts';
import { FRESH_SHARE, type Occupancy, type OccupancyInput, type Occupant, type SocketSum } from './occupancy.ts';
import { streamShare } from './peers.ts';
import { unansweredClients } from './unanswered-clients.ts';

type Decision = Omit<Occupancy, 'sockets' | 'at'> | null;

const MOST = 0.5;
/** Upstream sockets beyond this many per client are not one leg each. */
const LEGS_PER_CLIENT = 1.5;
/** Mean time a request spends in Writing (Little's law) below which the clients are being served, not waiting. */
const SERVED_SECONDS = 1;
/** A pile younger than the kernel's "recently received" span looks like an upload (src/nginx/README.md §7.2). */
const UPLOAD_PROOF_MS = 2_500;
const DOUBTFUL_SHARE = 0.25;
const NEARLY_ALL = 0.7;
/** Share of clients with bytes in their send queue at which slow reading is what holds the slots (src/nginx/README.md §7.2). */
const SLOW_READERS = 0.3;

/** A ledger with many unexplained sockets says nothing of who holds the rest. */
function trustworthy(input: OccupancyInput): OccupancyInput {
  const { sockets, evidence } = input;
  if (sockets === null || hasModules(evidence)) return input;
  return sockets.sum.unexplained > DOUBTFUL_SHARE * sockets.sum.total ? { ...input, sockets: null } : input;
}

export function decideOccupancy(all: OccupancyInput): Occupancy {
  const input = trustworthy(all);
  const rules = [fromSocketTotals, fromPageShares, fromSocketDirections, fromLog, fromThroughput];
  const at = input.sockets?.at ?? input.page.countersAt ?? input.evidence.asOf;
  const decision = rules.reduce<Decision>((found, rule) => found ?? rule(input), null);
  const nothing = { kind: 'unknown', source: null, text: 'who holds the slots cannot be seen', share: null } as const;
  return { ...(decision ?? nothing), at, sockets: input.sockets?.sum ?? null };
}

function because(kind: Occupant, source: Occupancy['source'], share: number | null, text: string): Decision {
  return { kind, source, share, text };
}

/** Sockets stay unexplained when the ledger was read in the midst of change: only a module makes them a finding. */
function hasModules({ settings }: Evidence): boolean {
  return settings === null || settings.thirdPartyModules.length > 0;
}

function upstreamHeavy({ client, upstream }: SocketSum): boolean {
  return upstream > LEGS_PER_CLIENT * client;
}

function fromSocketTotals(input: OccupancyInput): Decision {
  const { sockets, page, slots, evidence } = input;
  const { minConnections } = input.thresholds;
  if (sockets === null || sockets.sum.total < minConnections) return null;
  const { client, upstream, unexplained, total, upstreamSilent } = sockets.sum;
  if (unexplained > MOST * total && hasModules(evidence)) {
    return because(
      'unexplained',
      'sockets',
      unexplained / total,
      `${unexplained} of ${total} sockets are neither a client's nor an upstream's`,
    );
  }
  if (upstream < minConnections || !upstreamHeavy(sockets.sum)) return null;
  // Upstream connections without clients are rare, so two samples must agree: one may show half of a change.
  if (sockets.before !== null && !upstreamHeavy(sockets.before)) return null;
  const text = `${upstream} upstream sockets serve ${client} clients`;
  const writing = page.counters?.writing ?? null;
  const waiting = (upstreamSilent ?? 0) > MOST * upstream;
  // Many streams of few HTTP/2 clients: each upstream connection is one request, as Writing counts them.
  if (waiting && writing !== null && writing > NEARLY_ALL * upstream) {
    if (servedQuickly(input)) return null;
    return because(
      'silent-upstream',
      'sockets',
      (upstreamSilent ?? 0) / upstream,
      `${upstreamSilent} of ${upstream} upstream sockets wait for an answer`,
    );
  }
  const asked = slots.starved?.signals.some((signal) => signal.captures.subrequest !== undefined) ?? false;
  const configured = evidence.settings !== null && (evidence.settings.usesMirror || evidence.settings.usesSsi);
  const kind = asked || (configured && waiting) ? 'subrequests' : 'upstream-pool';
  return because(kind, 'sockets', upstream / total, text);
}

function fromPageShares({ page, sockets }: OccupancyInput): Decision {
  const { shares, counters } = page;
  if (shares === null || counters === null) return null;
  const { active } = counters;
  // Upstream legs prove that requests were read: then the clients are not stuck before their request.
  if (sockets !== null && sockets.sum.upstream > MOST * sockets.sum.client) return null;
  const share = (value: number, what: string) => `${what} is ${percent(value)} of ${active} connections`;
  if (shares.none > MOST)
    return because(
      'tls-handshakes',
      'stub-status',
      shares.none,
      `${percent(shares.none)} of ${active} connections are neither Reading, Writing nor Waiting`,
    );
  if (page.steadyWaiting > MOST * active)
    return because('idle-clients', 'stub-status', shares.waiting, share(shares.waiting, 'Waiting'));
  if (shares.reading > MOST)
    return because('slow-headers', 'stub-status', shares.reading, share(shares.reading, 'Reading'));
  return null;
}

/** Unbuffered uploads need `proxy_request_buffering off`; unknown settings do not exclude them. */
function uploadsReachUpstream({ evidence }: OccupancyInput): boolean {
  return evidence.settings === null || evidence.settings.passes.some((pass) => !pass.requestBuffering.value);
}

function fromSocketDirections(input: OccupancyInput): Decision {
  const { sockets, thresholds } = input;
  if (sockets === null || sockets.sum.total < thresholds.minConnections) return null;
  return sockets.sum.upstream >= MOST * sockets.sum.client
    ? proxied(input, sockets.sum)
    : unproxied(input, sockets.sum);
}

/** Share of clients heard of in the last 2.5 s below which the requests are surely old, whatever the counters say. */
const STALE = 0.3;

function proxied(input: OccupancyInput, sum: SocketSum): Decision {
  const { client, upstream, upstreamSilent, clientRecentlyReceived, clientSendQueued } = sum;
  if (upstreamSilent !== null && upstreamSilent > MOST * upstream) {
    const received = clientRecentlyReceived === null || client === 0 ? null : clientRecentlyReceived / client;
    if (received !== null && received > FRESH_SHARE) return fresh(input, sum, received);
    if ((received === null || received > STALE) && servedQuickly(input)) return null;
    if (streamShare(input.evidence, sum.topUpstreams) > MOST) {
      const idle = `${upstreamSilent} of ${upstream} proxied TCP sessions are silent: idle clients, or a server that does not answer; a TCP proxy cannot tell`;
      return because('unknown', 'sockets', upstreamSilent / upstream, idle);
    }
    const text = `${upstreamSilent} of ${upstream} upstream sockets wait for an answer, one for nearly each of ${client} clients`;
    return because('silent-upstream', 'sockets', upstreamSilent / upstream, text);
  }
  if (clientSendQueued > SLOW_READERS * client) return downloads(sum);
  if (servedQuickly(input)) return null;
  if (upstreamSilent === null) return openLong(input, sum);
  const text = `${upstream} upstream sockets have answered and stay open for ${client} clients`;
  return because('long-lived', 'sockets', 1 - upstreamSilent / upstream, text);
}

/** Nothing of what is configured keeps an answered request open: no websockets, no streams. */
function onlyAnswers({ evidence }: OccupancyInput): boolean {
  const passes = evidence.settings?.passes ?? [];
  return passes.length > 0 && passes.every((pass) => !pass.upgradesWebsocket && pass.buffering.value);
}

/** Which legs wait cannot be read (unix sockets, no tcp_info): by how long requests last, and what they can be. */
function openLong(input: OccupancyInput, { client, upstream, clientRecentlyReceived }: SocketSum): Decision {
  const received = clientRecentlyReceived === null || client === 0 ? 1 : clientRecentlyReceived / client;
  if (received > STALE || !onlyAnswers(input) || input.access.status(101) > 0) return null;
  if (meanSecondsWriting(input) === null) return null;
  const text = `${upstream} upstream sockets stay open for ${client} clients, whose requests came in long ago, and nothing here streams`;
  return because('silent-upstream', 'stub-status', upstream / client, text);
}

/** Upstream legs wait, and nearly all clients were heard of just now: uploads, quick requests, or too young to tell. */
function fresh(input: OccupancyInput, sum: SocketSum, received: number): Decision {
  const { client, upstream, upstreamSilent, clientRecentlyReceived } = sum;
  if (servedQuickly(input) || (input.sockets?.freshForMs ?? 0) < UPLOAD_PROOF_MS) return null;
  if (uploadsReachUpstream(input)) {
    const text = `${clientRecentlyReceived} of ${client} clients are still sending while ${upstreamSilent} of ${upstream} upstream sockets wait`;
    return because('slow-uploads', 'sockets', received, text);
  }
  const text = `${clientRecentlyReceived} of ${client} clients sent their request in the last 2.5 s, though the slots have been full for longer`;
  return because('busy', 'sockets', received, text);
}

function downloads({ client, clientSendQueued }: SocketSum): Decision {
  return because(
    'slow-downloads',
    'sockets',
    clientSendQueued / client,
    `${clientSendQueued} of ${client} clients have not taken what nginx sent`,
  );
}

function unproxied(input: OccupancyInput, sum: SocketSum): Decision {
  const { client, clientSendQueued, clientRecentlyReceived } = sum;
  const writing = input.page.shares?.writing ?? 0;
  if (client > 0 && clientSendQueued > SLOW_READERS * client) return downloads(sum);
  if (client > 0 && writing > MOST && (clientRecentlyReceived ?? 0) > MOST * client && !servedQuickly(input)) {
    return because(
      'slow-uploads',
      'sockets',
      (clientRecentlyReceived ?? 0) / client,
      `${clientRecentlyReceived} of ${client} clients are still sending and no upstream socket is open for them`,
    );
  }
  return input.page.shares === null ? unansweredClients(sum) : null;
}

/** Requests that were really worked on: those that got a 500 at once for want of a slot are counted as read, too. */
function servedPerSecond({ page, slots, access }: OccupancyInput): number | null {
  if (page.requestsPerSecond !== null) return page.requestsPerSecond - (slots.starved?.perSecond ?? 0);
  if (access.requestsPerSecond === null || access.requests === 0) return null;
  return access.requestsPerSecond * (1 - access.status(500) / access.requests);
}

/**
 * Requests under way. A full nginx refuses the page too: what was read before knows nothing of the legs that wait now.
 */
function underWay({ page, sockets }: OccupancyInput): number | null {
  const writing = page.counters?.writing ?? null;
  return writing === null ? (sockets?.sum.upstream ?? null) : Math.max(writing, sockets?.sum.upstreamSilent ?? 0);
}

/** Mean time a request is worked on, by Little's law: those under way ÷ those per second. */
function meanSecondsWriting(input: OccupancyInput): number | null {
  const under = underWay(input);
  const served = servedPerSecond(input);
  return under === null || served === null || served <= 0 ? null : under / served;
}

/** Every upstream leg waits for an answer most of its life: it is slow when the requests are, or slower than before. */
function servedQuickly(input: OccupancyInput): boolean {
  const mean = meanSecondsWriting(input);
  return mean !== null && mean < SERVED_SECONDS && !input.access.upstreams.some(isSlower);
}

function fromLog({ evidence, slots, access, thresholds }: OccupancyInput): Decision {
  const upstream = readLines(evidence, evidence.windowMs, 'upstream-read-timeout', waitsForAnswer);
  const refused = (slots.refused?.count ?? 0) + (slots.starved?.count ?? 0);
  if (slots.starved !== null) {
    const subrequests = slots.starved.signals.filter((signal) => signal.captures.subrequest !== undefined);
    const share = subrequests.reduce((total, signal) => total + signal.count, 0) / slots.starved.count;
    if (share > MOST)
      return because(
        'subrequests',
        'log',
        share,
        `${percent(share)} of the refused upstream legs belong to subrequests`,
      );
  }
  if (upstream !== null) {
    return because(
      'silent-upstream',
      'log',
      null,
      `${upstream.count} requests timed out while reading the response header from upstream`,
    );
  }
  const slow = access.upstreams.find((times) => isSlow(times, thresholds.slowHeaderMs));
  if (slow !== undefined) {
    return because(
      'silent-upstream',
      'log',
      null,
      `${slow.peer} takes ${number((slow.headerP95Ms ?? 0) / 1000)} s (p95) to its response header`,
    );
  }
  const clients = readLines(evidence, evidence.windowMs, 'client-timed-out');
  return refused > 0 && clients !== null ? clientTimeouts(clients) : null;
}

/** Clients that sent nothing yet are none of them: nginx closes those itself when slots run short. */
const PHASES: readonly (readonly [string, Occupant])[] = [
  ['SSL handshaking', 'tls-handshakes'],
  ['reading client request headers', 'slow-headers'],
  ['sending', 'slow-downloads'],
];

/** A client or two on a bad link time out every day. */
const MANY_TIMEOUTS = 10;

function clientTimeouts({ signals }: Lines): Decision {
  for (const [words, kind] of PHASES) {
    const count = signals.reduce(
      (sum, { captures, count: times }) => sum + (captures.phase?.includes(words) ? times : 0),
      0,
    );
    if (count >= MANY_TIMEOUTS) return because(kind, 'log', null, `${count} clients timed out while ${words}`);
  }
  return null;
}

function fromThroughput(input: OccupancyInput): Decision {
  const mean = meanSecondsWriting(input);
  const open = input.page.counters?.active ?? input.sockets?.sum.client ?? 0;
  if (mean === null || mean >= SERVED_SECONDS || open < input.thresholds.minConnections) return null;
  const rate = `${number(servedPerSecond(input) ?? 0)} requests/s`;
  const source = input.page.requestsPerSecond === null ? 'log' : 'stub-status';
  return because('busy', source, null, `a request is worked on for ${number(mean * 1000)} ms on average at ${rate}`);
}
