/**
 * Matched lines become signals. Lines of one batch that say the same (pattern, process, errno, phase, upstream, second)
 * are folded into one signal with a count, so that a flood costs no memory; every pattern keeps a place of its own, so
 * that a flood cannot hide a rare line either. Lines that somebody else wrote into a quotation of nginx's are left out.
 */
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { createMatchedLineReader, type MatchedLine } from './matched-line.ts';
import type { Matcher } from './matcher.ts';
import { QuotedText } from './quoted-text.ts';

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

/** Clients told of one fold. */
const MAX_CLIENTS = 8;

type Fold = { -readonly [K in keyof Signal]: Signal[K] };

/** Lines of each client of a fold. As large as the batch at most, and gone with it. */
type ClientCounts = Map<string, number>;

export function createSignalMaker(matcher: Matcher, options: SignalMakerOptions): SignalMaker {
  const { source, clock, timezoneOffsetMinutes } = options;
  const read = createMatchedLineReader(matcher, { timezoneOffsetMinutes, now: () => clock.now() });
  const quoted = new QuotedText();

  return ({ bytes }) => {
    const folds = new Map<string, Fold>();
    const clientsOf = new Map<Fold, ClientCounts>();
    const readAt = clock.now();
    quoted.begin(bytes);
    matcher.scan(bytes, (index, start, end) => {
      if (quoted.holds(start)) return;
      const line = bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES));
      const matched = read(index, line);
      const at = matched.at ?? readAt;
      const second = Math.floor(at / 1000);
      const key = folds.size < MAX_FOLDS ? foldKey(matched, second) : `${matched.pattern} ${second}`;
      const fold = folds.get(key);
      if (fold === undefined) {
        const timed = matched.at !== null;
        folds.set(key, { ...matched, at, timed, source, count: 1, line: decoder.decode(line) });
      } else {
        countClient(clientsOf, fold, matched.captures.client);
        fold.count++;
        // One connection that says it again and again is another thing than many that say it once.
        if (fold.connection !== matched.connection) fold.connection = null;
      }
    });
    for (const [fold, counts] of clientsOf) {
      const busiest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_CLIENTS);
      if (counts.size > 1) fold.clients = busiest.map(([client, count]) => ({ client, count }));
    }
    return [...folds.values()];
  };
}

/** Counts one more line of the fold; the lines before the second were those of its own client. */
function countClient(clientsOf: Map<Fold, ClientCounts>, fold: Fold, client: string | undefined): void {
  let counts = clientsOf.get(fold);
  if (counts === undefined) {
    const own = fold.captures.client;
    counts = new Map(own === undefined ? [] : [[own, fold.count]]);
    clientsOf.set(fold, counts);
  }
  if (client !== undefined) counts.set(client, (counts.get(client) ?? 0) + 1);
}

function foldKey({ pattern, pid, captures }: MatchedLine, second: number): string {
  const { errno = '', phase = '', peer = '', client = '' } = captures;
  const telling = TELLING.map((name) => captures[name] ?? '').join(' ');
  // A limit that is reached is about the client.
  const whom = pattern.startsWith('limit-') ? client : '';
  return `${pattern} ${second} ${pid} ${errno} ${phase} ${peer} ${'subrequest' in captures} ${telling} ${whom}`;
}
