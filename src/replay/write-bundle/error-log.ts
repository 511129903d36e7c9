/**
 * Reads the end of an error log for a bundle: its signals, and its lines without text of others. Of lines of nginx
 * without a pattern it keeps time, level and process. Leaves out all other lines.
 */
import type { LineBatch } from '../../core/line.ts';
import type { Signal } from '../../core/signal.ts';
import type { Matcher } from '../../match/matcher.ts';
import { createSignalMaker, type SignalMaker } from '../../match/signal.ts';
import { parseNginxTime } from '../../nginx/error-time.ts';
import { unknownLine } from '../../nginx/redacted-signal.ts';
import { recentLines } from '../../service/recent-lines.ts';

export interface ErrorLogOptions {
  readonly matcher: Matcher;
  readonly sinceMs: number;
  readonly asOf: number;
  readonly offsetMinutes: number;
  /** One for signals, one for lines that people read. */
  readonly redacted: (signal: Signal) => Signal;
  readonly redactedLine: (signal: Signal) => Signal;
}

export interface ErrorLogEnd {
  readonly lines: Iterable<string>;
  /** In the log's order; complete after the lines were read. */
  readonly signals: readonly Signal[];
  /** The time of the first line; null without one. */
  readonly fromMs: number | null;
}

const NEWLINE = 10;
const BLOCK_BYTES = 256 * 1024;
/** Enough for a line with the prefix of a shipper. */
const BEGINNING_BYTES = 300;
const STAMP = /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/;

/** Blocks of complete lines, of the size that the service reads. */
function* blocksOf(batch: LineBatch): Generator<LineBatch> {
  for (let from = 0; from < batch.bytes.length; ) {
    const newline = batch.bytes.indexOf(NEWLINE, Math.min(batch.bytes.length - 1, from + BLOCK_BYTES));
    const end = newline < 0 ? batch.bytes.length : newline + 1;
    yield { ...batch, offset: batch.offset + from, bytes: batch.bytes.subarray(from, end) };
    from = end;
  }
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

function timeOf(line: Uint8Array, offsetMinutes: number): number | null {
  const beginning = Buffer.from(line.subarray(0, BEGINNING_BYTES)).toString('latin1');
  return parseNginxTime(STAMP.exec(beginning)?.[0] ?? '', offsetMinutes);
}

const second = ({ pattern, at }: Signal): string => `${pattern} ${Math.floor(at / 1000)}`;

/** Parses one line as a signal, without its neighbours. */
function alone(make: SignalMaker, line: Uint8Array): Signal | null {
  return make({ source: '', generation: '', offset: -1, bytes: line })[0] ?? null;
}

function firstTime(batch: LineBatch, offsetMinutes: number): number | null {
  for (const line of linesOf(batch.bytes)) {
    const at = timeOf(line, offsetMinutes);
    if (at !== null) return at;
  }
  return null;
}

/** Null when the log is unreadable or empty. */
export function errorLogEnd(path: string, options: ErrorLogOptions): ErrorLogEnd | null {
  const batch = recentLines(path);
  if (batch === null) return null;
  const { matcher, asOf, sinceMs, offsetMinutes, redacted, redactedLine } = options;
  const making = { source: path, clock: { now: () => asOf }, timezoneOffsetMinutes: offsetMinutes };
  const [make, makeAlone] = [createSignalMaker(matcher, making), createSignalMaker(matcher, making)];
  const signals: Signal[] = [];

  function* lines(): Generator<string> {
    let isRecent = false;
    for (const block of blocksOf(batch as LineBatch)) {
      // Without a time it is unknown whether a line is from today.
      const made = make(block).filter(({ timed, at }) => timed && at >= sinceMs);
      for (const signal of made) signals.push(redacted(signal));
      // A line that looks like an entry of nginx may be part of another one.
      const believed = new Set(made.map(second));
      for (const line of linesOf(block.bytes)) {
        const at = timeOf(line, offsetMinutes);
        isRecent ||= at !== null && at >= sinceMs;
        if (!isRecent) continue;
        const signal = alone(makeAlone, line);
        const isOwn = signal !== null && believed.has(second(signal));
        const shown = isOwn ? redactedLine(signal).line : unknownLine(line);
        if (shown !== null) yield `${shown}\n`;
      }
    }
  }
  return { lines: lines(), signals, fromMs: firstTime(batch, offsetMinutes) };
}
