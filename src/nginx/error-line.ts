/**
 * Parses one error-log entry in every form of real logs (src/nginx/README.md §10): with or without time stamp, level, pid
 * and connection number, after the prefixes of syslog, docker, kubectl and shippers, cut or wrapped. Never throws; what a
 * line does not contain is null.
 */
import { LOG_LEVELS, type LogLevel } from '../core/signal.ts';
import { type ErrorFields, splitMessage } from './error-fields.ts';
import { ErrorHead, type LineOrigin } from './error-head.ts';
import { parseNginxTime, parseSyslogTime, parseZonedTime } from './error-time.ts';

export interface ErrorLine {
  readonly origin: LineOrigin;
  /** ms since the epoch; null when the line carries no time. */
  readonly at: number | null;
  readonly level: LogLevel | null;
  readonly pid: number | null;
  readonly tid: number | null;
  /** `*N`: numbered per worker since it started. */
  readonly connection: number | null;
  /** What nginx said, without phase and fields. */
  readonly message: string;
  readonly phase: string | null;
  readonly errno: number | null;
  /** Raw and attacker-controlled. */
  readonly fields: ErrorFields;
}

export interface ErrorLineOptions {
  /** Minutes that nginx's local time is ahead of UTC. */
  readonly timezoneOffsetMinutes: number;
  /** For stamps that leave out the year. */
  now(): number;
}

const HEAD = /^(?:\[\w+\] )?(?:(\d+)#(\d+): )?(?:\*(\d+) )?/;
const TIMESTAMP_LENGTH = '2026/01/01 00:00:00'.length;
const decoder = new TextDecoder();

/** Docker's json-file driver escapes the quotes of the line and adds fields after it. */
const JSON_LOG = new TextEncoder().encode('{"log":"');
const JSON_REST = /\\n",(?:"stream"|"attrs"|"time").*$/s;

function messageOf(message: string, line: Uint8Array): string {
  const wrapped = JSON_LOG.every((byte, i) => line[i] === byte);
  return wrapped ? message.replace(JSON_REST, '').replace(/\\(["\\/])/g, '$1') : message;
}

/** The parser keeps the last time stamp, so that a second of log is parsed once. */
export function createErrorLineParser(options: ErrorLineOptions): (line: Uint8Array) => ErrorLine {
  const head = new ErrorHead();
  let lastStamp = '';
  let lastAt: number | null = null;

  function timeOf(line: Uint8Array): number | null {
    const stamped = head.timestampAt >= 0;
    const prefixEnd = stamped ? head.timestampAt : head.headAt;
    const stampEnd = stamped ? head.timestampAt + TIMESTAMP_LENGTH : prefixEnd;
    const stamp = decoder.decode(line.subarray(0, stampEnd));
    if (stamp === lastStamp) return lastAt;
    const offset = options.timezoneOffsetMinutes;
    const prefix = stamp.slice(0, stamp.length - (stampEnd - prefixEnd));
    lastStamp = stamp;
    lastAt =
      parseZonedTime(prefix) ??
      parseNginxTime(stamp.slice(prefix.length), offset) ??
      parseSyslogTime(prefix, offset, options.now());
    return lastAt;
  }

  return (line) => {
    head.locate(line, 0, line.length);
    const [, pid, tid, connection] = HEAD.exec(decoder.decode(line.subarray(head.headAt, head.messageAt))) ?? [];
    const { text, phase, errno, fields } = splitMessage(messageOf(decoder.decode(line.subarray(head.messageAt)), line));
    const number = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
    return {
      origin: head.origin,
      at: timeOf(line),
      level: LOG_LEVELS[head.level] ?? null,
      pid: number(pid),
      tid: number(tid),
      connection: number(connection),
      message: text,
      phase,
      errno,
      fields,
    };
  };
}
