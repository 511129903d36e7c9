/** The exception of gapwatch. Expected failures (an unreadable file, a refused probe) are values, not exceptions. */

/** Closed list; `cli` maps each to an exit code. */
export type ErrorCode =
  | 'USAGE' // the command line is wrong: exit 64
  | 'CONFIG' // the config file, a secret, a pattern or the place of the store is wrong, or the store is in use: exit 78
  | 'STORE' // the database cannot be opened or is damaged: exit 70
  | 'SLACK' // Slack refuses us for good: exit 70
  | 'INTERNAL'; // a bug: exit 70

export class GapwatchError extends Error {
  override readonly name = 'GapwatchError';
  readonly code: ErrorCode;
  /** The remedy in one sentence. */
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

const MOST_LISTED = 30;
const MOST_CHARS = 400;

/** Joins problems for one message, one per line. It limits their number and length. */
export function listed(problems: readonly string[], separator = '\n'): string {
  const first = problems
    .slice(0, MOST_LISTED)
    .map((line) => (line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS)}…` : line));
  const more = problems.length - first.length;
  return [...first, ...(more === 0 ? [] : [`and ${more} more`])].join(separator);
}
