/**
 * Reads the patterns that come with gapwatch. They are proven by the tests, so this path needs neither a YAML library nor
 * a validator, which together would take five times as long to start as everything else `gapwatch match` does before
 * its first line. test/match/built-in-patterns.test.ts holds that both readers see the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GapwatchError } from '../core/errors.ts';
import { PATTERN_ROLES } from '../core/meaning.ts';
import { LOG_LEVELS, type LogLevel } from '../core/signal.ts';
import type { Pattern, PatternFile } from './pattern.ts';

/** The folder of the patterns that come with gapwatch. */
export const BUILT_IN_PATTERNS = fileURLToPath(new URL('../../patterns/', import.meta.url));

type Value = string | string[];

/** Sorted by id. */
export function readBuiltInPatterns(): readonly PatternFile[] {
  const names = readdirSync(BUILT_IN_PATTERNS).filter((name) => name.endsWith('.yml'));
  const ids = names.map((name) => name.slice(0, -'.yml'.length));
  return ids.sort().map((id) => {
    const file = `${BUILT_IN_PATTERNS}${id}.yml`;
    return { file, pattern: toPattern(readPlainYaml(readFileSync(file, 'utf8'), file)) };
  });
}

/** `key: scalar`, `key: [a, b]`, `key: >-` with one indented paragraph, `key:` with `  - scalar` lines; nothing else. */
function readPlainYaml(text: string, file: string): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  let key = '';
  for (const line of text.split('\n')) {
    const head = /^([a-z]+):(?: (.*))?$/.exec(line);
    const current = values.get(key);
    if (head !== null) {
      key = head[1] ?? '';
      const value = head[2] ?? '';
      values.set(key, value === '' ? [] : value === '>-' ? '' : value[0] === '[' ? listOf(value) : scalar(value));
    } else if (line.startsWith('  - ') && Array.isArray(current)) current.push(scalar(line.slice(4)));
    else if (line.startsWith('  ') && typeof current === 'string') values.set(key, `${current} ${line.trim()}`.trim());
    else if (line !== '') throw new GapwatchError('INTERNAL', `${file}: not in the form of built-in patterns: ${line}`);
  }
  return values;
}

function listOf(text: string): string[] {
  return text.slice(1, -1).split(', ');
}

function scalar(text: string): string {
  return text[0] === "'" ? text.slice(1, -1).replaceAll("''", "'") : text;
}

function toPattern(values: ReadonlyMap<string, Value>): Pattern {
  const text = (key: string) => String(values.get(key) ?? '');
  const list = (key: string) => [values.get(key) ?? []].flat();
  const levels = list('levels').filter((level): level is LogLevel => LOG_LEVELS.some((known) => known === level));
  const role = PATTERN_ROLES.find((known) => known === text('role'));
  return {
    id: text('id'),
    means: text('means'),
    ...(role === undefined ? {} : { role }),
    group: list('group'),
    from: text('from') === 'system' ? 'system' : 'nginx',
    ...(levels.length > 0 ? { levels } : {}),
    bare: text('bare') !== 'false',
    match: text('match'),
    not: list('not'),
    hits: list('hits'),
    misses: list('misses'),
    refs: list('refs'),
  };
}
