/**
 * Matched lines become signals. Lines of one batch that say the same (pattern, process, errno, phase, upstream, second)
 * are folded into one signal with a count and the busiest clients, so that a flood costs no memory; every pattern keeps
 * a place of its own, so that a flood cannot hide a rare line either. Lines that somebody else wrote into a quotation of
 * nginx's are left out.
 */
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { createBelievedLines } from './believed-lines.ts';
import { Fold } from './fold.ts';
import { createMatchedLineReader, type MatchedLine } from './matched-line.ts';
import type { Matcher } from './matcher.ts';

export interface SignalMakerOptions {
  /** Path or name of the log, for `Signal.source`. */
  readonly source: string;
  readonly clock: Clock;
  /** Minutes that nginx's local time is ahead of UTC. */
  readonly timezoneOffsetMinutes: number;
}

/** The batch's signals, folded, in the order of their first lines. The batch's bytes are not kept. */
export type SignalMaker = (batch: LineBatch) => readonly Signal[];

const MAX_LINE_BYTES = 2048;
/** Folds by every detail up to here; beyond, by pattern and second alone. */
const MAX_FOLDS = 512;
/** Captures that tell two lines of one pattern apart. Others (sizes, paths, texts) differ from line to line. */
const TELLING = ['slots', 'zone', 'name', 'child', 'victim', 'signal', 'process', 'file', 'line', 'what'];
const decoder = new TextDecoder();

export function createSignalMaker(matcher: Matcher, options: SignalMakerOptions): SignalMaker {
  const { source, clock, timezoneOffsetMinutes } = options;
  const read = createMatchedLineReader(matcher, { timezoneOffsetMinutes, now: () => clock.now() });
  const believed = createBelievedLines(matcher, true);
  /** Where the batch begins that would go on with the last one. */
  let expected = '';

  return ({ generation, offset, bytes }) => {
    const folds = new Map<string, Fold>();
    const readAt = clock.now();
    const bytesOf = (start: number, end: number) => bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES));
    const textOf = (start: number, end: number) => decoder.decode(bytesOf(start, end));
    const continues = expected === `${generation}@${offset}`;
    expected = `${generation}@${offset + bytes.length}`;
    believed.scan(bytes, { continues }, (index, start, end) => {
      const matched = read(index, bytesOf(start, end));
      const timed = matched.at !== null;
      const at = matched.at ?? readAt;
      const second = Math.floor(at / 1000);
      let key = foldKey(matched, second);
      // What is told together then is still counted apart, by whom it is about.
      if (folds.size >= MAX_FOLDS && !folds.has(key)) key = `${matched.pattern} ${second}`;
      const fold = folds.get(key);
      if (fold !== undefined) fold.add(matched, start, end);
      else folds.set(key, new Fold({ ...matched, at, timed, source, count: 1, line: textOf(start, end) }));
    });
    return [...folds.values()].map((fold) => fold.signal(textOf));
  };
}

function foldKey({ pattern, pid, captures }: MatchedLine, second: number): string {
  const { errno = '', phase = '', peer = '', client = '' } = captures;
  const telling = TELLING.map((name) => captures[name] ?? '').join(' ');
  // A limit that is reached is about the client.
  const whom = pattern.startsWith('limit-') ? client : '';
  return `${pattern} ${second} ${pid} ${errno} ${phase} ${peer} ${'subrequest' in captures} ${telling} ${whom}`;
}
