/**
 * Matched lines become signals. Lines of one batch that say the same (pattern, process, errno, phase, upstream, second)
 * are folded into one signal with a count and the busiest clients, so that a flood costs no memory; every pattern keeps
 * a separate place, so that a flood cannot hide a rare line either. Lines that somebody else wrote into a quotation of
 * nginx's are left out.
 */
import type { WallTime } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { createBelievedLines } from './believed-lines.ts';
import { Fold } from './fold.ts';
import { createMatchedLineReader, type MatchedLine } from './matched-line.ts';
import type { Matcher } from './matcher.ts';
import { meaningOf } from './pattern.ts';

export interface SignalMakerOptions {
  /** Path or name of the log, for `Signal.source`. */
  readonly source: string;
  readonly clock: WallTime;
  /** Minutes that nginx's local time is ahead of UTC. */
  readonly timezoneOffsetMinutes: number;
}

/** The batch's signals, folded, in the order of their first lines. The batch's bytes are not kept. */
export type SignalMaker = (batch: LineBatch) => readonly Signal[];

const MAX_LINE_BYTES = 2048;
/** Folds by every detail of one batch, of one pattern in it, and of one client in that; beyond, by pattern and second. */
const MAX_FOLDS = 2048;
const MAX_OF_PATTERN = 512;
const MAX_OF_CLIENT = 32;
/** Begins the key of lines that are folded although they differ. */
const OTHERS = '+';
/** Captures that tell two lines of one pattern apart. Others (sizes, paths, texts) differ from line to line. */
const TELLING = ['slots', 'zone', 'name', 'child', 'victim', 'signal', 'process', 'file', 'line', 'what'];
const decoder = new TextDecoder();

export function createSignalMaker(matcher: Matcher, options: SignalMakerOptions): SignalMaker {
  const { source, clock, timezoneOffsetMinutes } = options;
  const read = createMatchedLineReader(matcher, { timezoneOffsetMinutes, now: () => clock.now() });
  const believed = createBelievedLines(matcher, true);
  const meanings = matcher.catalogue.patterns.map(({ pattern }) => meaningOf(pattern));
  /** Where the batch begins that would go on with the last one. */
  let expected = '';

  return ({ generation, offset, bytes, isLast = false }) => {
    const folds = new Folds();
    const readAt = clock.now();
    const bytesOf = (start: number, end: number) => bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES));
    const textOf = (start: number, end: number) => decoder.decode(bytesOf(start, end));
    const continues = expected === `${generation}@${offset}`;
    expected = `${generation}@${offset + bytes.length}`;
    believed.scan(bytes, { continues, isLast }, (index, start, end, isDoubtful) => {
      const matched = read(index, bytesOf(start, end));
      const timed = matched.at !== null;
      const at = matched.at ?? readAt;
      const key = folds.keyOf(matched, Math.floor(at / 1000), isDoubtful);
      const fold = folds.get(key);
      const doubt = isDoubtful ? { isDoubtful } : {};
      const meaning = meanings[index];
      const meant = meaning === undefined ? {} : { meaning };
      if (fold !== undefined) fold.add(matched, start, end);
      else folds.begin(key, { ...matched, ...meant, at, timed, source, ...doubt, count: 1, line: textOf(start, end) });
    });
    return folds.all().map((fold) => fold.signal(textOf));
  };
}

/** The owner of a fold. One client has a bounded number of folds of a pattern, and one pattern a bounded number of all. */
function ownersOf({ pattern, captures: { client } }: Pick<MatchedLine, 'pattern' | 'captures'>): readonly string[] {
  return client === undefined ? [pattern] : [pattern, `${pattern} ${client}`];
}

/** The folds of one batch, in the order of their first lines. */
class Folds {
  readonly #folds = new Map<string, Fold>();
  readonly #counts = new Map<string, number>();

  keyOf(line: MatchedLine, second: number, isDoubtful: boolean): string {
    const doubt = isDoubtful ? '?' : '';
    const key = `${doubt}${foldKey(line, second)}`;
    // One signal reports them together; its counts stay apart by client and peer.
    return this.#folds.has(key) || this.#hasRoom(line) ? key : `${OTHERS}${doubt}${line.pattern} ${second}`;
  }

  get(key: string): Fold | undefined {
    return this.#folds.get(key);
  }

  begin(key: string, first: Signal): void {
    this.#folds.set(key, new Fold(first, key.startsWith(OTHERS)));
    for (const owner of ownersOf(first)) this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
  }

  all(): readonly Fold[] {
    return [...this.#folds.values()];
  }

  #hasRoom(line: MatchedLine): boolean {
    if (this.#folds.size >= MAX_FOLDS) return false;
    const [ofPattern = 0, ofClient = 0] = ownersOf(line).map((owner) => this.#counts.get(owner) ?? 0);
    return ofPattern < MAX_OF_PATTERN && ofClient < MAX_OF_CLIENT;
  }
}

function foldKey({ pattern, pid, captures }: MatchedLine, second: number): string {
  const { errno = '', phase = '', peer = '', client = '' } = captures;
  const telling = TELLING.map((name) => captures[name] ?? '').join(' ');
  // A limit that is reached is about the client.
  const whom = pattern.startsWith('limit-') ? client : '';
  return `${pattern} ${second} ${pid} ${errno} ${phase} ${peer} ${'subrequest' in captures} ${telling} ${whom}`;
}
