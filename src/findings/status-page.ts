/**
 * What the status page says, and what its silence says. Counters may lie (a killed worker's connections are never
 * subtracted, two masters answer in turn), so their arithmetic is checked before any share is used.
 */
import type { Evidence } from '../core/evidence.ts';
import type { ProbeFailure, SampleOf } from '../core/sample.ts';
import type { Attempt, StubStatusCounters } from '../core/samples/stub-status.ts';
import { phantomsAt } from '../nginx/phantoms.ts';
import { inARow, withBaseline, within } from './samples.ts';
import { counterGrowth } from './trend.ts';

export interface PageFailure {
  readonly reason: ProbeFailure;
  /** Fresh probes in a row that failed this way, and since when. */
  readonly count: number;
  readonly since: number;
}

export interface StatusPageView {
  /** The newest readable counters, our own connections subtracted; kept while the page is refused. */
  readonly counters: StubStatusCounters | null;
  readonly countersAt: number | null;
  /** Share of each state in Active; null with too few connections or counters that contradict themselves. */
  readonly shares: {
    readonly reading: number;
    readonly writing: number;
    readonly waiting: number;
    readonly none: number;
  } | null;
  /** Waiting connections that stayed over the last samples: a burst not yet read counts as Waiting too, for a moment. */
  readonly steadyWaiting: number;
  /** Fresh probes that fail right now; null when the newest one was answered. */
  readonly failure: PageFailure | null;
  /** Whether the connection kept open was answered at the newest look; null when there is none. */
  readonly armedAnswers: boolean | null;
  /** accepts - handled, its present value, and its growth in the last minutes above the reading noise. */
  readonly gap: number | null;
  readonly gapGrowth: number;
  readonly gapPerSecond: number;
  readonly acceptsPerSecond: number | null;
  readonly handledPerSecond: number | null;
  readonly requestsPerSecond: number | null;
  /** Counters fell: restart (once) or two masters during an upgrade (again and again). */
  readonly resets: number;
  /** Connections that Active counts and no socket shows; 0 when it adds up or cannot be compared. */
  readonly phantoms: number;
  /** Why shares and Active are not to be used; null when nothing speaks against them. */
  readonly lie: string | null;
}

interface Look {
  readonly at: number;
  readonly fresh: Attempt | { readonly ok: false; readonly reason: ProbeFailure };
  readonly armed: Attempt | null;
  readonly counters: StubStatusCounters | null;
}

function look(sample: SampleOf<'stub-status'>): Look {
  if (!sample.ok) return { at: sample.at, fresh: { ok: false, reason: sample.reason }, armed: null, counters: null };
  return { at: sample.at, ...sample.data };
}

function currentFailure(looks: readonly Look[]): PageFailure | null {
  const last = looks.at(-1);
  if (last === undefined || last.fresh.ok) return null;
  const { reason } = last.fresh;
  const count = inARow(looks, ({ fresh }) => !fresh.ok && fresh.reason === reason);
  return { reason, count, since: looks.at(-count)?.at ?? last.at };
}

function sharesOf(counters: StubStatusCounters | null, lie: string | null, min: number): StatusPageView['shares'] {
  if (counters === null || lie !== null || counters.active < min) return null;
  const { active, reading, writing, waiting } = counters;
  return {
    reading: reading / active,
    writing: writing / active,
    waiting: waiting / active,
    none: Math.max(0, active - reading - writing - waiting) / active,
  };
}

/** nginx reads the two counters one after the other, unlocked: each other worker may stand between them by one. */
function gapGrowthOf(points: readonly Look[], workers: number): { total: number; perSecond: number } {
  const growth = counterGrowth(
    points.flatMap(({ at, counters }) =>
      counters === null ? [] : [{ at, value: counters.accepts - counters.handled }],
    ),
  );
  return growth === null || growth.total <= workers ? { total: 0, perSecond: 0 } : growth;
}

function rate(looks: readonly Look[], key: 'accepts' | 'handled' | 'requests'): number | null {
  const growth = counterGrowth(
    looks.flatMap(({ at, counters }) => (counters === null ? [] : [{ at, value: counters[key] }])),
  );
  return growth === null || growth.overMs === 0 ? null : growth.perSecond;
}

const STEADY_LOOKS = 3;

function steadyWaiting(looks: readonly Look[]): number {
  const waiting = looks.flatMap(({ counters }) => counters?.waiting ?? []).slice(-STEADY_LOOKS);
  return waiting.length === 0 ? 0 : Math.min(...waiting);
}

function countResets(looks: readonly Look[]): number {
  const requests = looks.flatMap(({ counters }) => counters?.requests ?? []);
  return requests.filter((value, i) => i > 0 && value < (requests[i - 1] ?? 0)).length;
}

/** Connections come and go while the tables are read; what no socket shows in this many samples in a row does not exist. */
const PHANTOM_LOOKS = 3;

/** Connections that Active counts and no socket shows; 0 when it adds up or cannot be compared. */
function phantomsOf(evidence: Evidence, looks: readonly Look[]): number {
  const compared = looks.flatMap(({ at, counters }) =>
    counters === null ? [] : (phantomsAt(evidence, at, counters.active) ?? []),
  );
  // A recording may hold fewer looks than that.
  const needed = Math.min(PHANTOM_LOOKS, looks.length);
  const last = compared.slice(-needed);
  return last.length > 0 && last.length === needed ? Math.min(...last) : 0;
}

function lieOf(counters: StubStatusCounters | null, phantoms: number): string | null {
  if (counters === null) return null;
  if (counters.active > counters.accepts) return `Active (${counters.active}) is above accepts (${counters.accepts})`;
  return phantoms > 0 ? `Active (${counters.active}) counts ${phantoms} connections that no socket shows` : null;
}

export function readStatusPage(evidence: Evidence, activeMs: number, workers: number, min: number): StatusPageView {
  const looks = (evidence.history['stub-status'] ?? []).map(look);
  const last = looks.at(-1) ?? null;
  const readable = looks.findLast(({ counters }) => counters !== null) ?? null;
  const counters = readable?.counters ?? null;
  const countersAt = readable?.at ?? null;
  const recent = withBaseline(
    looks.filter((each) => each.counters !== null),
    evidence.asOf,
    activeMs,
  );
  const gap = gapGrowthOf(recent, workers);
  const phantoms = phantomsOf(evidence, within(looks, evidence.asOf, activeMs));
  const lie = lieOf(counters, phantoms);
  return {
    counters,
    countersAt,
    shares: sharesOf(counters, lie, min),
    steadyWaiting: steadyWaiting(recent),
    failure: currentFailure(looks),
    armedAnswers: last?.armed == null ? null : last.armed.ok,
    gap: counters === null ? null : counters.accepts - counters.handled,
    gapGrowth: gap.total,
    gapPerSecond: gap.perSecond,
    acceptsPerSecond: rate(recent, 'accepts'),
    handledPerSecond: rate(recent, 'handled'),
    requestsPerSecond: rate(recent, 'requests'),
    resets: countResets(looks),
    phantoms,
    lie,
  };
}
