/** A log line that matched a pattern of the catalogue: what nginx itself said, and about whom. */

export const LOG_LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'] as const;
/** nginx error_log levels, mildest first (ngx_log.c err_levels). */
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Signal {
  /** Pattern id = file name under `patterns/`. */
  readonly pattern: string;
  /** Time of the line, ms since the epoch; the time it was read when the line carries none (`timed` is then false). */
  readonly at: number;
  readonly timed: boolean;
  /** Path or name of the log it was read from. */
  readonly source: string;
  readonly level: LogLevel | null;
  readonly pid: number | null;
  /** nginx connection number (`*N`). */
  readonly connection: number | null;
  /**
   * Named parts, raw and attacker-controlled: `slots errno phase peer client server request subrequest upstream host
   * zone file signal …`. Absent parts have no key.
   */
  readonly captures: Readonly<Record<string, string>>;
  /** The busiest clients of the lines folded here, with their lines, at most 8; absent when there was one client or none. */
  readonly clients?: readonly { readonly client: string; readonly count: number }[];
  /** How many lines this stands for; floods are folded per (pattern, pid, errno, phase, upstream) and second. */
  readonly count: number;
  /** The first line of the fold as it stood in the log, without its newline, cut to 2 KiB. Untrusted. */
  readonly line: string;
}
