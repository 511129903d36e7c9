/** Figures of the probes next to the moment of a line: counters of the page, use of slots and descriptors, levels. */
import type { Evidence } from '../../core/evidence.ts';
import type { ProbeData, ProbeId, SampleOf } from '../../core/sample.ts';
import type { StubStatusCounters } from '../../core/samples/stub-status.ts';
import { LINE_MS } from './processes.ts';

/** What is known on both sides of a line; null for what no look tells. */
export interface Sides<T> {
  readonly before: T | null;
  /** Of a look that was surely after it, and of the first one that may have been: nginx writes whole seconds. */
  readonly after: T | null;
  readonly soon: T | null;
  /** The look after it may still come. */
  readonly waits: boolean;
}

/** How long a line may wait for the look that tells; then it counts as it always did. */
export const PATIENCE_MS = 10_000;
/** Of a probe that answered no longer ago than this another look can be expected. */
const LATELY_MS = 30_000;

export function waits({ asOf }: Evidence, lineAt: number, lastLookAt: number | undefined): boolean {
  return asOf - lineAt < PATIENCE_MS && lastLookAt !== undefined && asOf - lastLookAt < LATELY_MS;
}

/** A look that failed is made up for by its neighbours. */
const NEAR_LOOKS = 3;

/**
 * `read` answers null for a look that does not tell. `choose` picks the value of a side from its nearest looks, nearest
 * first; without it the nearest one speaks.
 */
export function sidesOf<P extends ProbeId, T>(
  evidence: Evidence,
  probe: P,
  lineAt: number,
  read: (data: ProbeData[P]) => T | null,
  choose: (values: readonly T[]) => T | undefined = ([nearest]) => nearest,
): Sides<T> {
  const looks: readonly SampleOf<P>[] = evidence.history[probe] ?? [];
  const told = (nearest: readonly SampleOf<P>[]): T | null => {
    const values = nearest.slice(0, NEAR_LOOKS).map((look) => (look.ok ? read(look.data) : null));
    return choose(values.filter((value) => value !== null)) ?? null;
  };
  const next = looks.findLastIndex(({ at }) => at <= lineAt) + 1;
  const soon = looks.slice(next, next + 2 * NEAR_LOOKS);
  const later = soon.filter(({ at }) => at >= lineAt + LINE_MS);
  const before = told(looks.slice(Math.max(0, next - NEAR_LOOKS), next).toReversed());
  return {
    before,
    after: told(later),
    soon: told(soon),
    waits: before !== null && later.length === 0 && waits(evidence, lineAt, looks.at(-1)?.at),
  };
}

const gapOf = ({ accepts, handled }: StubStatusCounters): number => accepts - handled;

/** nginx reads the counters one after the other, unlocked: the least gap of some readings is the surest. */
function surest(readings: readonly StubStatusCounters[]): StubStatusCounters | undefined {
  return readings.toSorted((a, b) => gapOf(a) - gapOf(b))[0];
}

/** accepts - handled, with the counters it was read from. */
export function gapsAround(evidence: Evidence, lineAt: number): Sides<StubStatusCounters & { readonly gap: number }> {
  const read = ({ counters }: ProbeData['stub-status']): StubStatusCounters | null => counters;
  const { before, after, soon, ...rest } = sidesOf(evidence, 'stub-status', lineAt, read, surest);
  const withGap = (counters: StubStatusCounters | null) => counters && { ...counters, gap: gapOf(counters) };
  return { ...rest, before: withGap(before), after: withGap(after), soon: withGap(soon) };
}

export function countersAround(evidence: Evidence, lineAt: number): Sides<StubStatusCounters> {
  return sidesOf(evidence, 'stub-status', lineAt, ({ counters }) => counters);
}

export interface Use {
  readonly used: number;
  readonly limit: number;
}

/** Descriptors of one worker, or its slots. */
export function useAround(evidence: Evidence, probe: 'fds' | 'slots', pid: number, lineAt: number): Sides<Use> {
  if (probe === 'slots')
    return sidesOf(evidence, 'slots', lineAt, ({ workers }) => useOf(workers.find((one) => one.pid === pid)));
  return sidesOf(evidence, 'fds', lineAt, ({ workers }) => {
    const own = workers.find((one) => one.pid === pid);
    return useOf(own && { used: own.used, limit: own.soft });
  });
}

function useOf(own: { readonly used: number; readonly limit: number | null } | undefined): Use | null {
  return own?.limit == null ? null : { used: own.used, limit: own.limit };
}
