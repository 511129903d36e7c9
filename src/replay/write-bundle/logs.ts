/** Turns the ends of the logs into redacted files of a bundle, and collects the signals of the error logs. */
import type { Signal } from '../../core/signal.ts';
import type { Discovery } from '../../discovery/discover.ts';
import type { AccessLogFile } from '../../discovery/log-files.ts';
import type { Matcher } from '../../match/matcher.ts';
import { pathPrefixes } from '../../nginx/path-prefixes.ts';
import type { Names } from '../../nginx/plain-name.ts';
import { createAccessRedactor, type LineContext } from '../../nginx/redacted-access.ts';
import { createPathNumbers } from '../../nginx/redacted-request.ts';
import { createSignalRedactor } from '../../nginx/redacted-signal.ts';
import { recentLines } from '../../service/recent-lines.ts';
import { accessTime } from '../log-time.ts';
import { type ErrorLogEnd, errorLogEnd } from './error-log.ts';
import { namedSignal } from './names.ts';

export interface LogSources {
  readonly discovery: Discovery | null;
  readonly matcher: Matcher;
  readonly asOf: number;
  readonly sinceMs: number;
  readonly offsetMinutes: number;
}

export interface LogFiles {
  readonly files: Readonly<Record<string, Iterable<string>>>;
  /** Paths of logs beyond the limit. */
  readonly leftOut: readonly string[];
  /**
   * Signals of the journal from before the ends of the logs, then those of the logs. Complete after the files were
   * read.
   */
  signals(journal: Iterable<Signal>): Generator<Signal>;
}

/** Of each kind; each has at most 4 MiB. */
export const MOST_LOGS = 16;

function* accessLines({ path, format }: AccessLogFile, sinceMs: number, context: LineContext): Generator<string> {
  const redacted = createAccessRedactor(format, context);
  const batch = recentLines(path);
  let isRecent = false;
  for (const line of batch === null ? [] : Buffer.from(batch.bytes).toString('utf8').trimEnd().split('\n')) {
    isRecent ||= (accessTime(line)?.at ?? 0) >= sinceMs;
    if (isRecent) yield `${redacted(line)}\n`;
  }
}

/** `error.log`, then `2-error.log`, …: each keeps its own order of time. */
const nameOf = (kind: 'error' | 'access', index: number): string => `${index === 0 ? '' : `${index + 1}-`}${kind}.log`;

export function logFiles(sources: LogSources, names: Names, masked: (text: string) => string): LogFiles {
  const { discovery, sinceMs } = sources;
  const prefixes = pathPrefixes(discovery?.tree ?? null);
  const context: LineContext = { numbers: createPathNumbers(() => prefixes), names };
  const shorten = createSignalRedactor(context.numbers);
  const making = {
    ...sources,
    redacted: createSignalRedactor(createPathNumbers()),
    redactedLine: (signal: Signal) => namedSignal(shorten(signal), names),
  };
  const ends = new Map<string, ErrorLogEnd>();

  function* errorLog(path: string): Generator<string> {
    const end = errorLogEnd(path, making);
    if (end === null) return;
    ends.set(path, end);
    for (const line of end.lines) yield masked(line);
  }
  function* accessLog(log: AccessLogFile): Generator<string> {
    for (const line of accessLines(log, sinceMs, context)) yield masked(line);
  }
  const { errorLogs = [], accessLogs = [] } = discovery ?? {};
  return {
    files: {
      ...Object.fromEntries(errorLogs.slice(0, MOST_LOGS).map((path, i) => [nameOf('error', i), errorLog(path)])),
      ...Object.fromEntries(accessLogs.slice(0, MOST_LOGS).map((log, i) => [nameOf('access', i), accessLog(log)])),
    },
    leftOut: [...errorLogs.slice(MOST_LOGS), ...accessLogs.slice(MOST_LOGS).map(({ path }) => path)],
    *signals(journal) {
      for (const signal of journal) {
        const from = ends.get(signal.source)?.fromMs ?? null;
        if (from === null || signal.at < from) yield signal;
      }
      for (const { signals } of ends.values()) yield* signals;
    },
  };
}
