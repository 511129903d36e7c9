/**
 * Why established upstream connections break, as far as the evidence shows. upstream-crash and upstream-idle-race both
 * read it, so that one line never confirms both.
 */
import { type Evidence, remembered } from '../core/evidence.ts';
import { groupBy } from '../core/grouping.ts';
import type { Signal } from '../core/signal.ts';
import type { Findings } from '../findings/findings.ts';
import { isActive, isNginx, type Lines, peerOf } from '../findings/log.ts';
import { groupOf, isAloneBesideDown } from '../findings/peers.ts';
import { isNeverKept, type KeepaliveState, passedUpstreams } from '../findings/upstream-keepalive.ts';
import { hasSpares, type UpstreamStory, upstreamStory } from './upstream-story.ts';

export interface BrokenUpstream {
  readonly story: UpstreamStory;
  readonly keepalive: KeepaliveState | null;
  /** Severity of the story, lowered when only few requests break. */
  readonly severity: UpstreamStory['severity'];
  /** Broken requests as a share of the requests that reached a server. null when requests are not counted. */
  readonly share: number | null;
  /** A server alternates between breaking and refusing connections: it dies and restarts. */
  readonly comesAndGoes: boolean;
  /** Each server that broke requests did so only while it went down. Nothing has listened there since. */
  readonly wentAway: boolean;
  /** A server broke requests for a while and was then gone. The first error of such a cascade is its root. */
  readonly brokeDown: boolean;
  /**
   * Which log reports that a process other than nginx was killed or crashed: `the kernel reports that php-fpm died`.
   */
  readonly death: string | null;
  readonly ejected: boolean;
  /** One request broke again on each retry. A race over an idle connection does not repeat. */
  readonly repeated: boolean;
  /** Only one server of the group is not marked down. When it fails, no server is left. */
  readonly alone: boolean;
  /** The only server of its group, and few failures of it refused many requests. */
  readonly ejectedForFew: boolean;
}

/** An idle-timeout race breaks a smaller share: most requests do not meet a connection that is just closing. */
export const MOST_BREAK = 0.6;
/** Requests that a server breaks by going down end at once. The log rounds to seconds. */
const GOING_MS = 2_000;
/** Refused requests (no live server) per broken request. */
const MANY_REFUSED = 5;
const REPEATED = 4;
const RARE = 0.01;

/** One line is one attempt. Where no other server could take over, a request that did not end in a 502 was answered. */
function brokenRequests(evidence: Evidence, { access }: Findings, { lines, peer }: UpstreamStory): number {
  const failed = access.status(502) + access.status(504);
  return access.known && evidence.settings !== null && !hasSpares(evidence, peer)
    ? Math.min(lines.recent, failed)
    : lines.recent;
}

function mostPerRequest({ signals }: Lines): number {
  const counts = new Map<string, number>();
  for (const { connection, pid, captures, count } of signals) {
    if (connection === null) continue;
    const key = `${pid} ${connection} ${captures.request ?? ''}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return Math.max(0, ...counts.values());
}

function obituary({ pattern, captures }: Signal): string {
  if (pattern === 'gunicorn-timeout') return 'gunicorn killed a worker that took longer than its own timeout';
  if (pattern === 'fpm-child-died') return `php-fpm reports a child ended by signal ${captures.signal ?? '?'}`;
  const who = pattern === 'systemd-process-died' ? 'systemd' : 'the kernel';
  return `${who} reports that ${captures.name ?? 'a process'} died`;
}

function peerOfLine({ captures }: Signal): string | null {
  const address = captures.upstream ?? captures.peer;
  return address === undefined ? null : peerOf(address);
}

type End = 'stays' | 'comes-and-goes' | 'went-away' | 'broke-down';

/**
 * Compares the broken requests of one server with the first refusal of the same server; a refusal of a sibling proves
 * nothing. Without times only the number counts: a server that is stopped seldom breaks more than one request.
 */
function endOf(breaks: readonly Signal[], refusal: Signal | undefined): End {
  const goneAt = refusal?.at;
  if (goneAt === undefined) return 'stays';
  if (!breaks.some(({ timed }) => timed))
    return breaks.reduce((sum, { count }) => sum + count, 0) > 1 ? 'broke-down' : 'went-away';
  if (breaks.some(({ at }) => at > goneAt + GOING_MS)) return 'comes-and-goes';
  return breaks.some(({ at }) => at < goneAt - GOING_MS) ? 'broke-down' : 'went-away';
}

/** How each server that broke requests ended. A line without a server may be about any of them. */
function endings(broken: Lines, refused: Lines | null): readonly End[] {
  const refusals = isActive(refused) ? refused.signals : [];
  const firstOf = firstRefusals(refusals);
  const breaks = groupBy(broken.signals, peerOfLine);
  return [...breaks].map(([peer, signals]) => endOf(signals, peer === null ? refusals[0] : firstOf(peer)));
}

/** The first refusal per server, found in one pass because servers and lines may both be thousands. */
function firstRefusals(refusals: readonly Signal[]): (peer: string) => Signal | undefined {
  const firsts = new Map<string | null, Signal>();
  for (const signal of refusals) {
    const peer = peerOfLine(signal);
    if (!firsts.has(peer)) firsts.set(peer, signal);
  }
  const ofAny = firsts.get(null);
  return (peer) => {
    const own = firsts.get(peer);
    return own === undefined || (ofAny !== undefined && ofAny.at < own.at) ? ofAny : own;
  };
}

/** Computed once per diagnosis, because two causes read it. */
export function brokenUpstream(evidence: Evidence, findings: Findings): BrokenUpstream | null {
  return storyOf(evidence)(findings);
}

const storyOf = remembered((evidence: Evidence) => remembered((findings: Findings) => readBroken(evidence, findings)));

function readBroken(evidence: Evidence, findings: Findings): BrokenUpstream | null {
  const story = upstreamStory(evidence, findings, 'upstream-broke');
  if (story === null) return null;
  const { lines, peer } = story;
  const refused = findings.lines('upstream-refused');
  const death = findings.lines('process-died', ({ captures }) => !isNginx(captures.name));
  const group = groupOf(evidence, peer);
  const pair = passedUpstreams(evidence).find(({ upstream }) => upstream === group);
  const { access, page, activeMs } = findings;
  const unasked = findings.lines('no-live-upstreams')?.recent ?? 0;
  const made = access.known ? access.requests : (page.requestsPerSecond ?? 0) * (activeMs / 1000);
  const requests = made - unasked;
  const alone = group !== null && isAloneBesideDown(group);
  const broken = brokenRequests(evidence, findings, story);
  const share = requests >= broken && requests > 0 ? broken / requests : null;
  const ends = endings(lines, refused);
  return {
    story,
    severity: story.severity === 'critical' && share !== null && share < RARE ? 'warning' : story.severity,
    keepalive: pair?.state ?? (lines.signals.every(({ captures }) => isNeverKept(captures.upstream)) ? 'off' : null),
    share,
    comesAndGoes: ends.includes('comes-and-goes'),
    wentAway: ends.every((end) => end === 'went-away'),
    brokeDown: ends.includes('broke-down') && !ends.includes('comes-and-goes'),
    death: death === null ? null : obituary(death.newest),
    ejected: findings.lines('no-live-upstreams') !== null,
    repeated: mostPerRequest(lines) >= REPEATED,
    alone,
    ejectedForFew: alone && unasked >= MANY_REFUSED * lines.recent,
  };
}
