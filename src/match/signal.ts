/**
 * Matched lines become signals. Lines of one batch that say the same (pattern, process, errno, phase, upstream, second)
 * are folded into one signal with a count, so that a flood costs no memory; every pattern keeps a place of its own, so
 * that a flood cannot hide a rare line either.
 */
import type { Clock } from '../core/clock.ts';
import type { LineBatch } from '../core/line.ts';
import type { Signal } from '../core/signal.ts';
import { createErrorLineParser, type ErrorLine } from '../nginx/error-line.ts';
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

type Fold = { -readonly [K in keyof Signal]: Signal[K] };

export function createSignalMaker(matcher: Matcher, options: SignalMakerOptions): SignalMaker {
  const parse = createErrorLineParser({
    timezoneOffsetMinutes: options.timezoneOffsetMinutes,
    now: () => options.clock.now(),
  });

  return ({ bytes }) => {
    const folds = new Map<string, Fold>();
    const readAt = options.clock.now();
    matcher.scan(bytes, (pattern, start, end) => {
      const line = bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES));
      const parsed = parse(line);
      const captures = { ...contextOf(parsed), ...matcher.captures(pattern, line) };
      const id = matcher.catalogue.patterns[pattern]?.pattern.id ?? '';
      const at = parsed.at ?? readAt;
      const second = Math.floor(at / 1000);
      const key = folds.size < MAX_FOLDS ? foldKey(id, second, parsed, captures) : `${id} ${second}`;
      const fold = folds.get(key);
      if (fold !== undefined) fold.count++;
      else {
        folds.set(key, {
          pattern: id,
          at,
          timed: parsed.at !== null,
          source: options.source,
          level: parsed.level,
          pid: parsed.pid,
          connection: parsed.connection,
          captures,
          count: 1,
          line: decoder.decode(line),
        });
      }
    });
    return [...folds.values()];
  };
}

function foldKey(id: string, second: number, { pid }: ErrorLine, captures: Readonly<Record<string, string>>): string {
  const { errno = '', phase = '', peer = '' } = captures;
  const telling = TELLING.map((name) => captures[name] ?? '').join(' ');
  return `${id} ${second} ${pid} ${errno} ${phase} ${peer} ${'subrequest' in captures} ${telling}`;
}

/** The line's own context as captures. */
function contextOf({ phase, errno, fields }: ErrorLine): Record<string, string> {
  const captures: Record<string, string> = { ...fields };
  if (phase !== null) captures.phase = phase;
  if (errno !== null) captures.errno = String(errno);
  const peer = fields.upstream === undefined ? undefined : peerOf(fields.upstream);
  if (peer !== undefined) captures.peer = peer;
  return captures;
}

/** `10.0.0.5:9000`, `[::1]:80` or `unix:/run/app.sock` of an upstream as nginx writes it; group names as they are. */
function peerOf(upstream: string): string {
  const address = upstream.replace(/^[a-z]+:\/\//, '');
  const socket = /^unix:[^:]*/.exec(address);
  return socket?.[0] ?? address.replace(/[/?].*$/s, '');
}
