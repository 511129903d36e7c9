/** Creates the logger: JSON lines from pino on stderr, or readable lines when stderr is a terminal. */

import { createRequire } from 'node:module';
import type { Logger } from '../core/logger.ts';
import { withSpare } from '../files/spare.ts';
import type { Output } from './terminal.ts';

const LEVEL_WORDS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** One record for a terminal: the message, then its facts as `key=value`. */
function readable(line: string): string {
  const {
    level,
    time,
    msg,
    pid: _pid,
    hostname: _hostname,
    err,
    ...facts
  } = JSON.parse(line) as {
    level: number;
    time: number;
    msg: string;
    err?: { message: string; stack?: string };
    [fact: string]: unknown;
  };
  const clock = new Date(time).toISOString().slice(11, 19);
  const tail = Object.entries(facts).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  // A line break in a name could imitate a log line of gapwatch.
  const text = [msg, ...tail].join(' ').replaceAll('\n', '\n  ');
  const trouble = err === undefined ? '' : `\n  ${err.stack ?? err.message}`;
  return `${clock} ${LEVEL_WORDS[level] ?? level} ${text}${trouble}\n`;
}

/** `GAPWATCH_LOG_LEVEL` sets the level; the default is `info`. */
export function createLogger(env: Readonly<Record<string, string | undefined>>, stderr: Output): Logger {
  const asked = env.GAPWATCH_LOG_LEVEL ?? 'info';
  const level = LEVELS.includes(asked) ? asked : 'info';
  if (level !== asked) stderr.write(`gapwatch: GAPWATCH_LOG_LEVEL must be one of ${LEVELS.join(', ')}; using info\n`);
  const destination = { write: (line: string) => void stderr.write(stderr.isTTY === true ? readable(line) : line) };
  let made: Logger | null = null;
  // Loaded at the first record: most commands never log, and loading pino is a third of their start-up.
  const logger = (): Logger => {
    try {
      const { pino } = withSpare(() => createRequire(import.meta.url)('pino') as typeof import('pino'));
      made ??= pino({ level, redact: ['token', '*.token', 'headers.authorization'] }, destination);
      return made;
    } catch (error) {
      // Without a free descriptor, pino cannot be loaded, but the line must still appear.
      return plainLogger(destination, error as Error);
    }
  };
  return {
    debug: (fields, message) => (made ?? logger()).debug(fields, message),
    info: (fields, message) => (made ?? logger()).info(fields, message),
    warn: (fields, message) => (made ?? logger()).warn(fields, message),
    error: (fields, message) => (made ?? logger()).error(fields, message),
  };
}

/** Writes warnings and errors without pino. It keeps only the message of an error, because it cannot redact fields. */
function plainLogger(destination: { write(line: string): void }, because: Error): Logger {
  const line = (level: number) => (fields: { readonly err?: unknown }, msg: string) => {
    const err = fields.err instanceof Error ? { err: { message: fields.err.message } } : {};
    destination.write(`${JSON.stringify({ level, time: Date.now(), ...err, logger: because.message, msg })}\n`);
  };
  return { debug() {}, info() {}, warn: line(40), error: line(50) };
}
