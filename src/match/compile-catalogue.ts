/** Compiles patterns together into one catalogue. A catalogue with a problem is never used in part: all problems are reported. */
import { GapwatchError, listed } from '../core/errors.ts';
import { LOG_LEVELS } from '../core/signal.ts';
import type { Pattern, PatternFile } from './pattern.ts';
import { Program } from './program.ts';
import { parseRegex, type RegexNode, RegexRefused } from './regex.ts';

export interface CompiledPattern {
  readonly pattern: Pattern;
  /** `match`, read. */
  readonly tree: RegexNode;
  /** Entry of `match` in the program. */
  readonly start: number;
  /** Entries of `match` followed by one of `not`. */
  readonly vetoes: readonly number[];
  /** Capture names; name i owns slots 2i and 2i+1. */
  readonly names: readonly string[];
  /** Bits of LOG_LEVELS that the pattern allows. */
  readonly levelBits: number;
}

/** Patterns in the order in which they are preferred: folders as given, files by name. */
export interface Catalogue {
  readonly patterns: readonly CompiledPattern[];
  readonly program: Program;
}

/** Problems listed one by one, of all folders. */
const MOST_PROBLEMS = 100;

const NOTHING: RegexNode = { kind: 'sequence', parts: [] };
const ALL_BUT_DEBUG = 2 ** LOG_LEVELS.length - 2;

/**
 * Compiles patterns in the order given, which is their preference. No id may be used twice.
 * @throws GapwatchError CONFIG naming every problem with file and key; `problems` are reported with them
 */
export function compileCatalogue(found: readonly PatternFile[], problems: readonly string[] = []): Catalogue {
  const all = [...problems, ...twins(found)];
  const catalogue = compile(found, all);
  if (all.length > MOST_PROBLEMS)
    all.splice(MOST_PROBLEMS, all.length, `and ${all.length - MOST_PROBLEMS} more problems`);
  if (all.length > 0) {
    throw new GapwatchError('CONFIG', `patterns cannot be used:\n  ${listed(all, '\n  ')}`, {
      hint: 'Run `gapwatch match --check` after mending them; patterns/README.md explains each key.',
    });
  }
  return catalogue;
}

function twins(found: readonly PatternFile[]): string[] {
  const files = new Map<string, string>();
  const problems: string[] = [];
  for (const { file, pattern } of found) {
    const other = files.get(pattern.id);
    if (other !== undefined) problems.push(`${other}: id: already used by ${file}`);
    else files.set(pattern.id, file);
  }
  return problems;
}

function compile(found: readonly PatternFile[], problems: string[]): Catalogue {
  const program = new Program();
  const patterns = found.map(({ file, pattern, lineOf }, index) => {
    const place = (key: string): string => (lineOf === undefined ? file : `${file}:${lineOf(key)}`);
    const attempt = <T>(key: string, expression: string, work: () => T, otherwise: T): T => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof RegexRefused)) throw error;
        problems.push(`${place(key)}: ${key}: ${error.message} (at character ${error.at + 1} of ${expression})`);
        return otherwise;
      }
    };
    const names: string[] = [];
    const tree = attempt('match', pattern.match, () => parseRegex(pattern.match), NOTHING);
    const start = attempt('match', pattern.match, () => program.add(tree, index, false, names), 0);
    const vetoes = pattern.not.map((expression, i) => {
      const follow = () => program.add({ kind: 'sequence', parts: [tree, parseRegex(expression)] }, index, true, []);
      return attempt(`not.${i}`, expression, follow, 0);
    });
    return { pattern, tree, start, vetoes, names, levelBits: levelBits(pattern) };
  });
  return { patterns, program };
}

function levelBits(pattern: Pattern): number {
  if (pattern.levels === undefined) return ALL_BUT_DEBUG;
  return pattern.levels.reduce((bits, level) => bits | (1 << LOG_LEVELS.indexOf(level)), 0);
}
