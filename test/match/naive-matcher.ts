/** The reference: one JavaScript RegExp a pattern and a line, on latin1 text, with a head found by one expression. */
import { LOG_LEVELS } from '../../src/core/signal.ts';
import type { Pattern } from '../../src/match/pattern.ts';

export interface Expected {
  readonly id: string;
  readonly line: string;
}

const HEAD = /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?\[(\w+)\] \d+#\d+: (?:\*\d+ )?/;

/** Understands plain nginx heads and lines without any; what the fast matcher does with prefixes is tested by example. */
export function matchNaively(patterns: readonly Pattern[], log: Buffer): Expected[] {
  const lines = log.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((whole) => {
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
    const head = HEAD.exec(line);
    const level = head === null ? null : (LOG_LEVELS.find((known) => known === head[1]) ?? null);
    const message = level === null ? line : line.slice(head?.[0].length);
    const found = patterns.find((pattern) => holds(pattern, message, level));
    return found === undefined ? [] : [{ id: found.id, line }];
  });
}

function holds(pattern: Pattern, message: string, level: string | null): boolean {
  if (level === null ? !pattern.bare : pattern.from !== 'nginx') return false;
  const levels: readonly string[] = pattern.levels ?? LOG_LEVELS.filter((one) => one !== 'debug');
  if (level !== null && !levels.includes(level)) return false;
  const begins = (expression: string) => new RegExp(`^(?:${expression})`, 's').test(message);
  return begins(pattern.match) && !pattern.not.some((not) => begins(`(?:${pattern.match})(?:${not})`));
}
