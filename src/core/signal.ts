/** The type of a signal: a log line that matched a pattern, with its captures, or several such lines folded. */
import type { Meaning } from './meaning.ts';
import type { HeavyKey } from './space-saving.ts';

export const LOG_LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'] as const;
/** nginx error_log levels, mildest first (ngx_log.c err_levels). */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** True when an error_log of level `log` drops lines of `level`. */
export function drops(log: LogLevel, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(log) > LOG_LEVELS.indexOf(level);
}

/** The fields in which folded lines may differ. */
export const BUSIEST_KINDS = ['pid', 'peer', 'client'] as const;
export type BusiestKind = (typeof BUSIEST_KINDS)[number];

export interface Signal {
  /** Pattern id = file name under `patterns/`. */
  readonly pattern: string;
  /** The meaning of the pattern. Absent in older recordings. */
  readonly meaning?: Meaning;
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
   * Named parts: `slots errno phase peer client server request subrequest upstream zone file signal …`. Absent parts
   * have no key. They are raw in the matcher; redacted-signal.ts redacts them first.
   */
  readonly captures: Readonly<Record<string, string>>;
  /**
   * The busiest pids, peers and clients of the lines folded here, at most 16 of each (Space-Saving: every one with more than
   * a sixteenth of the lines is among them). Absent parts: all these lines say the same as the first.
   */
  readonly busiest?: { readonly [K in BusiestKind]?: readonly HeavyKey[] };
  /**
   * The line is at a place where text of an application or a client may have put it: it counts only when a process that is
   * known wrote it, or is named in it.
   */
  readonly isDoubtful?: true;
  /** The number of lines in this signal; floods are folded per (pattern, pid, errno, phase, upstream) and second. */
  readonly count: number;
  /** The first line of the fold, without its newline, cut to 2 KiB, and redacted as the captures are. */
  readonly line: string;
  /** The last one, if there are more than one. */
  readonly lastLine?: string;
}

/** The pid, peer or client of a line; undefined without one. */
export function keyOf({ pid, captures }: Pick<Signal, 'pid' | 'captures'>, kind: BusiestKind): string | undefined {
  if (kind === 'pid') return pid === null ? undefined : String(pid);
  return captures[kind];
}

/** The busiest pids, peers or clients of a signal. */
export function busiestOf(signal: Signal, kind: BusiestKind): readonly HeavyKey[] {
  const folded = signal.busiest?.[kind];
  if (folded !== undefined) return folded;
  const key = keyOf(signal, kind);
  return key === undefined ? [] : [{ key, count: signal.count }];
}

/** The captures with equal values in both. It returns `first` itself when all are equal. */
export function commonCaptures(first: Signal['captures'], next: Signal['captures']): Signal['captures'] {
  const differing = Object.keys(first).filter((name) => first[name] !== next[name]);
  if (differing.length === 0) return first;
  return Object.fromEntries(Object.entries(first).filter(([name]) => !differing.includes(name)));
}
