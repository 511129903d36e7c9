/**
 * The signals of one pattern inside the window, oldest first, with their counts kept as they come and go. Floods stay
 * bounded: when there are too many entries, those that say the same are folded, and only then the oldest dropped.
 */
import type { SignalTally } from '../core/evidence.ts';
import { BUSIEST_KINDS, type BusiestKind, busiestOf, keyOf, type Signal } from '../core/signal.ts';
import { certainCounts, createHeavyMerge, type HeavyKey, mergeHeavy } from '../core/space-saving.ts';

/** `SignalTally.perSecond` speaks of this much time. */
const RATE_MS = 10_000;

export interface SignalWindow {
  add(signal: Signal): void;
  /** Entries it holds. */
  size(): number;
  /** Folds until a quarter of the entries is gone. */
  makeRoom(): void;
  forgetAfter(at: number): void;
  /** Null when nothing is left in the window. Forgets what is older. */
  tally(asOf: number, windowMs: number): SignalTally | null;
}

type KeyOf = (signal: Signal) => string;

/** Two signals with the same key may be told as one: same speaker, same words, same peer. */
function foldKey(signal: Signal): string {
  const { errno = '', phase = '', upstream = '', slots = '', client = '' } = signal.captures;
  const subrequest = signal.captures.subrequest === undefined ? '' : 's';
  return `${signal.pid}|${signal.source}|${errno}|${phase}|${upstream}|${slots}|${client}|${subrequest}`;
}

/** Where clients or requests without number speak, they are told together: their lines still count. */
function speakerKey({ pid, source, captures }: Signal): string {
  const { errno = '', phase = '', peer = '' } = captures;
  return `${pid}|${source}|${errno}|${phase}|${peer}`;
}

/** Where even those are without number, no line may push another one out. */
function anyKey(): string {
  return '';
}

/** The first speaks for both; whom they are about is counted. */
function joined(first: Signal, next: Signal): Signal {
  const busiest: { [K in BusiestKind]?: readonly HeavyKey[] } = {};
  for (const kind of BUSIEST_KINDS) {
    const keys = mergeHeavy([busiestOf(first, kind), busiestOf(next, kind)]);
    if (keys.length > 1) busiest[kind] = keys;
  }
  return {
    ...first,
    ...(Object.keys(busiest).length === 0 ? {} : { busiest }),
    connection: first.connection === next.connection ? first.connection : null,
    count: first.count + next.count,
    lastLine: next.lastLine ?? next.line,
  };
}

/** Signals with the same key inside the same span become the first of them, with the count of all. */
function fold(signals: readonly Signal[], spanMs: number, keyOf: KeyOf): Signal[] {
  const folded = new Map<string, Signal>();
  for (const signal of signals) {
    const key = `${Math.floor(signal.at / spanMs)}|${keyOf(signal)}`;
    const first = folded.get(key);
    folded.set(key, first === undefined ? signal : joined(first, signal));
  }
  return [...folded.values()];
}

/** Spans tried one after the other until there is room: a flood costs resolution first, and counts only at the end. */
const FOLD_SPANS_MS = [1_000, 10_000, 60_000, 600_000];
/** Room is made for many at once, so that a flood does not fold at every line. */
const ROOM_SHARE = 0.75;

export function createSignalWindow(pattern: string, maxEntries: number): SignalWindow {
  let signals: Signal[] = [];
  /** Of the signals as they are, up to that number of them. */
  let known: { readonly visible: number; readonly tally: SignalTally | null } | null = null;

  function makeRoom(): void {
    known = null;
    const wanted = Math.floor(signals.length * ROOM_SHARE);
    const half = signals.length >> 1;
    for (const keyOf of [foldKey, speakerKey, anyKey])
      for (const spanMs of FOLD_SPANS_MS) {
        if (signals.length <= wanted) return;
        signals = [...fold(signals.slice(0, half), spanMs, keyOf), ...signals.slice(half)];
      }
    if (signals.length > wanted) signals.splice(0, signals.length - wanted);
  }

  function forgetUpTo(from: number): void {
    const stale = signals.findIndex((signal) => signal.at > from);
    if (stale === 0 || signals.length === 0) return;
    signals = stale === -1 ? [] : signals.slice(stale);
    known = null;
  }

  return {
    add(signal) {
      known = null;
      let index = signals.length;
      while (index > 0 && (signals[index - 1]?.at ?? 0) > signal.at) index--;
      signals.splice(index, 0, signal);
      if (signals.length > maxEntries) makeRoom();
    },
    size: () => signals.length,
    makeRoom,
    forgetAfter(at) {
      known = null;
      signals = signals.filter((signal) => signal.at <= at);
    },
    tally(asOf, windowMs) {
      forgetUpTo(asOf - windowMs);
      const visible = signals.findLastIndex((signal) => signal.at <= asOf) + 1;
      // After a flood the window stays full for minutes in which nothing new is said.
      if (known?.visible !== visible) known = { visible, tally: summarize(pattern, signals.slice(0, visible)) };
      return known.tally && { ...known.tally, perSecond: rateOf(known.tally.signals, asOf) };
    },
  };
}

function rateOf(signals: readonly Signal[], asOf: number): number {
  let recent = 0;
  for (const signal of signals) if (signal.at > asOf - RATE_MS) recent += signal.count;
  return recent / (RATE_MS / 1000);
}

function heaviest(signals: readonly Signal[], kind: BusiestKind): readonly HeavyKey[] {
  const merged = createHeavyMerge();
  for (const signal of signals) {
    const folded = signal.busiest?.[kind];
    const key = folded === undefined ? keyOf(signal, kind) : undefined;
    if (folded !== undefined) merged.merge(folded);
    else if (key !== undefined) merged.add(key, signal.count);
  }
  return merged.summary();
}

/** Without the rate, which is another one at each moment. */
function summarize(pattern: string, signals: readonly Signal[]): SignalTally | null {
  const first = signals[0];
  const last = signals.at(-1);
  if (first === undefined || last === undefined) return null;
  const certain = (kind: BusiestKind) => certainCounts(heaviest(signals, kind));
  return {
    pattern,
    count: signals.reduce((sum, { count }) => sum + count, 0),
    firstAt: first.at,
    lastAt: last.at,
    perSecond: 0,
    byPid: new Map([...certain('pid')].map(([pid, lines]) => [Number(pid), lines])),
    byPeer: certain('peer'),
    byClient: certain('client'),
    first,
    last,
    signals,
  };
}
