/** Reading the log side of the evidence: how many lines of a kind, since when, from whom. */
import { type Evidence, remembered } from '../core/evidence.ts';
import { BUSIEST_KINDS, keyOf, type Signal } from '../core/signal.ts';

export interface Lines {
  /** Lines in the window. */
  readonly count: number;
  /** Lines young enough to count as happening now. */
  readonly recent: number;
  /** Of the recent ones, over the time from the first of them (at least 1 s) to now. */
  readonly perSecond: number;
  readonly firstAt: number;
  /** The first of the recent ones; now, when there are none. */
  readonly recentFrom: number;
  readonly lastAt: number;
  /** Worked out when it is asked for. */
  readonly byPid: ReadonlyMap<number, number>;
  readonly newest: Signal;
  readonly signals: readonly Signal[];
}

const ANY_LINE = (): boolean => true;

/** Of lines written at the same moment, the last in the order of the ids goes first. */
const patternsByGroup = remembered(({ signals }: Evidence) => {
  const groups = new Map<string, string[]>();
  for (const [pattern, { last }] of [...signals].sort(([a], [b]) => (a < b ? 1 : -1))) {
    for (const group of last.meaning?.groups ?? [pattern]) groups.set(group, [...(groups.get(group) ?? []), pattern]);
  }
  return groups;
});

/** The patterns that have lines in the window and belong to one of these groups; a pattern's own id is a group. */
function patternsOf(evidence: Evidence, groups: readonly string[]): readonly string[] {
  const byGroup = patternsByGroup(evidence);
  return [...new Set(groups.flatMap((group) => byGroup.get(group) ?? []))];
}

export type Groups = string | readonly string[];

/** null when no line of these groups is in the window. What many causes ask for is read once. */
export function readLines(
  evidence: Evidence,
  activeMs: number,
  groups: Groups,
  where: (signal: Signal) => boolean = ANY_LINE,
): Lines | null {
  const known = linesOf(evidence)(where);
  const asked = typeof groups === 'string' ? [groups] : groups;
  const key = `${activeMs} ${asked.join(' ')}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const lines = collectLines(evidence, activeMs, patternsOf(evidence, asked), where);
  known.set(key, lines);
  return lines;
}

const linesOf = remembered((_: Evidence) =>
  remembered((_where: (signal: Signal) => boolean) => new Map<string, Lines | null>()),
);

function collectLines(
  evidence: Evidence,
  activeMs: number,
  patterns: readonly string[],
  where: (signal: Signal) => boolean,
): Lines | null {
  const signals = patterns
    .flatMap((pattern) => evidence.signals.get(pattern)?.signals ?? [])
    .filter(where)
    .sort((a, b) => a.at - b.at);
  const first = signals[0];
  const newest = signals.at(-1);
  if (first === undefined || newest === undefined) return null;
  let count = 0;
  let recent = 0;
  let recentFrom = evidence.asOf;
  for (const signal of signals) {
    count += signal.count;
    if (signal.at <= evidence.asOf - activeMs) continue;
    recent += signal.count;
    recentFrom = Math.min(recentFrom, signal.at);
  }
  const perSecond = recent / Math.max(1, (evidence.asOf - recentFrom) / 1000);
  return {
    ...{ count, recent, perSecond, firstAt: first.at, recentFrom, lastAt: newest.at, newest, signals },
    get byPid() {
      return new Map([...linesBy({ signals }, 'pid')].map(([pid, lines]) => [Number(pid), lines]));
    },
  };
}

export function isActive(lines: Lines | null): lines is Lines {
  return lines !== null && lines.recent > 0;
}

/** Lines for each value of one capture. Of many folded clients, peers or processes the busiest, and never too many. */
export function linesBy({ signals }: Pick<Lines, 'signals'>, capture: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const signal of signals) addSaid(counts, signal, capture);
  return counts;
}

/** The value of one capture that most lines carry, with its share of all lines; null when none carries it. */
export function commonest(lines: Lines, capture: string): { readonly value: string; readonly share: number } | null {
  const top = [...linesBy(lines, capture)].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
  return top === undefined ? null : { value: top[0], share: top[1] / lines.count };
}

const MAX_WORDS = 160;

/** The message of a line, without its head and its context. Untrusted. */
export function wordsOf({ line }: Signal): string {
  return line
    .replace(/^.*?\[[a-z]+\] (?:\d+#\d+: )?(?:\*\d+ )?/, '')
    .replace(/, (?:client|server|context): .*$/s, '')
    .slice(0, MAX_WORDS);
}

/** A limit at work, and not in a dry run. */
export function isRejection({ captures }: Signal): boolean {
  return captures.dry === undefined;
}

/** A signal at which the master ends with all its workers. */
export function isStopSignal({ captures }: Signal): boolean {
  return ['SIGTERM', 'SIGINT', 'SIGQUIT'].includes(captures.signal ?? '');
}

/** Whether a process that the system names is nginx or one of its forks. */
export function isNginx(name: string | undefined): boolean {
  return name !== undefined && /^(?:nginx|openresty|tengine|angie)\b/.test(name);
}

/** Adds what a signal says. A fold shows its first line and counts lines of several processes, peers and clients. */
function addSaid(counts: Map<string, number>, signal: Signal, capture: string): void {
  const kind = BUSIEST_KINDS.find((each) => each === capture);
  const folded = kind === undefined ? undefined : signal.busiest?.[kind];
  const add = (value: string, count: number): void => void counts.set(value, (counts.get(value) ?? 0) + count);
  if (folded !== undefined) {
    for (const { key, count, over = 0 } of folded) if (count > over) add(key, count - over);
    return;
  }
  const value = kind === undefined ? signal.captures[capture] : keyOf(signal, kind);
  if (value !== undefined) add(value, signal.count);
}

/** `host:port` of an upstream capture such as `http://10.0.0.5:9000/api` or `fastcgi://unix:/run/app.sock:`. */
export function peerOf(upstream: string): string {
  const rest = upstream.replace(/^["']?[a-z]+:\/\//i, '');
  const unix = /^unix:([^:]*)/.exec(rest);
  if (unix !== null) return `unix:${unix[1]}`;
  return rest.replace(/["'].*$/, '').replace(/\/.*$/, '');
}

/** An upgraded connection that falls silent is a websocket at rest, not a request without an answer. */
export function waitsForAnswer(signal: Signal): boolean {
  return !(signal.captures.phase ?? '').includes('upgraded');
}
