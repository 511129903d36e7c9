/** What one matched line says: who, when, about whom. Only matched lines are ever decoded. */
import type { LogLevel } from '../core/signal.ts';
import { createErrorLineParser, type ErrorLine, type ErrorLineOptions } from '../nginx/error-line.ts';
import type { Matcher } from './matcher.ts';

export interface MatchedLine {
  /** Pattern id. */
  readonly pattern: string;
  /** ms since the epoch; null when the line carries no time. */
  readonly at: number | null;
  readonly level: LogLevel | null;
  readonly pid: number | null;
  readonly connection: number | null;
  /** The line's phase, errno, peer and fields, and over them the pattern's own groups. Raw and attacker-controlled. */
  readonly captures: Readonly<Record<string, string>>;
}

/** Reads lines that `matcher` matched; `pattern` is the index it gave. */
export function createMatchedLineReader(
  matcher: Matcher,
  options: ErrorLineOptions,
): (pattern: number, line: Uint8Array) => MatchedLine {
  const parse = createErrorLineParser(options);
  return (pattern, line) => {
    const parsed = parse(line);
    const { at, level, pid, connection } = parsed;
    return {
      pattern: matcher.catalogue.patterns[pattern]?.pattern.id ?? '',
      at,
      level,
      pid,
      connection,
      captures: { ...contextOf(parsed), ...matcher.captures(pattern, line) },
    };
  };
}

function contextOf({ phase, errno, fields }: ErrorLine): Record<string, string> {
  const captures: Record<string, string> = { ...fields };
  if (phase !== null) captures.phase = phase;
  if (errno !== null) captures.errno = String(errno);
  if (fields.upstream !== undefined) captures.peer = peerOf(fields.upstream);
  return captures;
}

/** `10.0.0.5:9000`, `[::1]:80` or `unix:/run/app.sock` of an upstream as nginx writes it; group names as they are. */
function peerOf(upstream: string): string {
  const address = upstream.replace(/^[a-z]+:\/\//, '');
  const socket = /^unix:[^:]*/.exec(address);
  return socket?.[0] ?? address.replace(/[/?].*$/s, '');
}
