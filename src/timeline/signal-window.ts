/**
 * Keeps the signals of one pattern in the window, oldest first, with their counts. In a flood it folds equal signals
 * first and drops the oldest only after that, so memory stays bounded.
 */
import type { SignalTally } from '../core/evidence.ts';
import { BUSIEST_KINDS, type BusiestKind, busiestOf, commonCaptures, keyOf, type Signal } from '../core/signal.ts';
import { certainCounts, createHeavyMerge, type HeavyKey, mergeHeavy } from '../core/space-saving.ts';

/** `SignalTally.perSecond` covers this time. */
const RATE_MS = 10_000;

export interface SignalWindow {
  add(signal: Signal): void;
  /** Number of entries. */
  size(): number;
  /** Folds until a quarter of the entries is free. */
  makeRoom(): void;
  forgetAfter(at: number): void;
  /** Shifts all signals after a step of the wall clock. */
  move(byMs: number): void;
  /** Null without signals in the window. Drops older ones. */
  tally(asOf: number, windowMs: number): SignalTally | null;
}

interface Folding {
  keyOf(signal: Signal): string;
  /** Whether signals of one key may differ. */
  readonly mixed: boolean;
}

/** Captures that distinguish signals of one process. */
const DISTINGUISHING = ['errno', 'phase', 'child', 'victim', 'signal', 'zone', 'name'];

function speakerOf({ pid, source, isDoubtful, captures }: Signal): string {
  const values = DISTINGUISHING.map((name) => captures[name] ?? '').join('|');
  return `${isDoubtful === true}|${pid}|${source}|${values}`;
}

/** Signals with this key may be folded: same process, same captures, same peer. */
function foldKey(signal: Signal): string {
  const { upstream = '', slots = '', client = '' } = signal.captures;
  const subrequest = signal.captures.subrequest === undefined ? '' : 's';
  return `${speakerOf(signal)}|${upstream}|${slots}|${client}|${subrequest}`;
}

/** For countless clients or requests: folds all of them per process and peer. Their lines still count. */
function speakerKey(signal: Signal): string {
  return `${speakerOf(signal)}|${signal.captures.peer ?? ''}`;
}

/** For countless processes too: no log may displace the lines of another. */
function sourceKey({ source, isDoubtful }: Signal): string {
  return `${isDoubtful === true}|${source}`;
}

function anyKey({ isDoubtful }: Signal): string {
  return `${isDoubtful === true}`;
}

/** The owner of a signal: a client with many different lines is folded before all others. */
function ownerOf({ source, captures }: Signal): string {
  return `${source}|${captures.client ?? ''}`;
}

/** Folds two signals into the first and counts peers, clients and pids. `mixed`: keeps only the common captures. */
function joined(first: Signal, next: Signal, mixed: boolean): Signal {
  const busiest: { [K in BusiestKind]?: readonly HeavyKey[] } = {};
  for (const kind of BUSIEST_KINDS) {
    const keys = mergeHeavy([busiestOf(first, kind), busiestOf(next, kind)]);
    if (keys.length > 1) busiest[kind] = keys;
  }
  return {
    ...first,
    captures: mixed ? commonCaptures(first.captures, next.captures) : first.captures,
    ...(Object.keys(busiest).length === 0 ? {} : { busiest }),
    connection: first.connection === next.connection ? first.connection : null,
    count: first.count + next.count,
    lastLine: next.lastLine ?? next.line,
  };
}

/** Folds signals with the same key in the same span into the first of them, with the total count. */
function fold(signals: readonly Signal[], spanMs: number, { keyOf, mixed }: Folding): Signal[] {
  const folded = new Map<string, Signal>();
  for (const signal of signals) {
    const key = `${Math.floor(signal.at / spanMs)}|${keyOf(signal)}`;
    const first = folded.get(key);
    folded.set(key, first === undefined ? signal : joined(first, signal, mixed));
  }
  return [...folded.values()];
}

/** Spans to try in order until there is room: a flood loses time resolution first. */
const FOLD_SPANS_MS = [1_000, 10_000, 60_000, 600_000];
const FOLDINGS: readonly Folding[] = [
  { keyOf: foldKey, mixed: false },
  { keyOf: speakerKey, mixed: false },
  { keyOf: sourceKey, mixed: true },
  { keyOf: anyKey, mixed: true },
];
/** An owner with more than this share of the entries is folded first. */
const OWNERS_SHARE = 1 / 8;

/** Folds only the signals of owners with more than `most` signals. */
function frequentOwners(signals: readonly Signal[], most: number): Folding {
  const counts = new Map<string, number>();
  for (const signal of signals) counts.set(ownerOf(signal), (counts.get(ownerOf(signal)) ?? 0) + 1);
  let alone = 0;
  return {
    mixed: true,
    keyOf: (signal) =>
      (counts.get(ownerOf(signal)) ?? 0) > most
        ? `${speakerOf(signal)}|${signal.captures.client ?? ''}`
        : String(alone++),
  };
}

/** Frees many entries at once, so that a flood does not fold at every line. */
const ROOM_SHARE = 0.75;

export function createSignalWindow(pattern: string, maxEntries: number): SignalWindow {
  let signals: Signal[] = [];
  /** The tally of the first `visible` signals, while they do not change. */
  let known: { readonly visible: number; readonly tally: SignalTally | null } | null = null;

  function makeRoom(): void {
    known = null;
    const wanted = Math.floor(signals.length * ROOM_SHARE);
    const half = signals.length >> 1;
    const [alike, ...others] = FOLDINGS;
    for (const folding of [alike, frequentOwners(signals, maxEntries * OWNERS_SHARE), ...others])
      for (const spanMs of FOLD_SPANS_MS) {
        if (signals.length <= wanted || folding === undefined) return;
        signals = [...fold(signals.slice(0, half), spanMs, folding), ...signals.slice(half)];
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
    move(byMs) {
      known = null;
      signals = signals.map((signal) => ({ ...signal, at: signal.at + byMs }));
    },
    tally(asOf, windowMs) {
      forgetUpTo(asOf - windowMs);
      const visible = signals.findLastIndex((signal) => signal.at <= asOf) + 1;
      // After a flood the window stays full for minutes without new content.
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

/** The tally of these signals of one pattern; null without signals. */
export function tallyOf(pattern: string, signals: readonly Signal[], asOf: number): SignalTally | null {
  const tally = summarize(pattern, signals);
  return tally && { ...tally, perSecond: rateOf(signals, asOf) };
}

/** Without the rate, which depends on the time. */
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
