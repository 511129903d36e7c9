/**
 * The evidence of one moment, the input of checks and causes: settings, newest samples, bounded history, folded signals
 * and blind spots. Plain data. `timeline` assembles it, live or replayed.
 */

import type { NotObservable } from './diagnosis.ts';
import type { ProbeId, SampleOf } from './sample.ts';
import type { Settings } from './settings.ts';
import type { Signal } from './signal.ts';

/** Signals of one pattern inside the evidence window. */
export interface SignalTally {
  readonly pattern: string;
  /** Lines in the window. */
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Lines in the newest 10 s, per second. */
  readonly perSecond: number;
  /**
   * Lines that each pid, peer and client has for certain, most first, at most 16 of each. Every one with more
   * than a sixteenth of the lines is listed. Exact unless there are more than 16.
   */
  readonly byPid: ReadonlyMap<number, number>;
  readonly byPeer: ReadonlyMap<string, number>;
  readonly byClient: ReadonlyMap<string, number>;
  /** The first and the newest signal, for excerpts (`line` of the first, `lastLine` of the newest) and captures. */
  readonly first: Signal;
  readonly last: Signal;
  /** Signals of the window, oldest first, bounded (floods are folded; see Signal.count). */
  readonly signals: readonly Signal[];
}

/** Log lines that the diagnosis ignores, because samples contradict them. */
export interface Disputed {
  readonly pattern: string;
  readonly source: string;
  readonly pid: number | null;
  /** Number of lines, and the time of the last one in ms since the epoch. */
  readonly count: number;
  readonly lastAt: number;
  /** One of them. Untrusted. */
  readonly line: string;
  /** A clause with the numbers of this host: `process 812 is alive, and is older than the line`. */
  readonly because: string;
}

/** Probes whose values can grow slowly over hours: descriptors, and the slots they are compared with. */
export type SlowProbe = 'fds' | 'slots';

/** Caches the result of the pure function `work` for each object, as long as the object lives. */
export function remembered<K extends object, T>(work: (key: K) => T): (key: K) => T {
  const known = new WeakMap<K, { readonly answer: T }>();
  return (key) => {
    let found = known.get(key);
    if (found === undefined) {
      found = { answer: work(key) };
      known.set(key, found);
    }
    return found.answer;
  };
}

export interface Evidence {
  readonly host: string;
  /** The moment of this evidence, ms since the epoch. */
  readonly asOf: number;
  readonly windowMs: number;
  readonly settings: Settings | null;
  /** The newest sample of each probe, successful or not. Absent: that probe never ran. */
  readonly latest: { readonly [P in ProbeId]?: SampleOf<P> };
  /** Samples inside the window, oldest first, including failed ones. */
  readonly history: { readonly [P in ProbeId]?: readonly SampleOf<P>[] };
  /** A few successful samples per hour of slow probes, oldest first. */
  readonly longHistory?: { readonly [P in SlowProbe]?: readonly SampleOf<P>[] };
  /** Excludes disputed lines and lines that wait for the sample that confirms or refutes them. */
  readonly signals: ReadonlyMap<string, SignalTally>;
  readonly disputed?: readonly Disputed[];
  /** Lines that wait for a sample. */
  readonly waitingLines?: number;
  readonly notObservable: readonly NotObservable[];
  /** True when lines of nginx's error log were read, whether one matched or not. Absent: not known. */
  readonly errorLogRead?: boolean;
  /** Values from facts.json of a bundle that belong to no sample type. */
  readonly facts: Readonly<Record<string, unknown>>;
}
