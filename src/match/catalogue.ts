/**
 * Loads pattern folders and compiles them together. Whatever is wrong with a file is told with the file and the key, all
 * problems at once; a catalogue with a problem is never half used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, YAMLParseError } from 'yaml';
import { GapwatchError } from '../core/errors.ts';
import { LOG_LEVELS } from '../core/signal.ts';
import { type Pattern, patternSchema } from './pattern.ts';
import { Program } from './program.ts';
import { parseRegex, RegexRefused } from './regex.ts';

/** The patterns that come with gapwatch. */
export const BUILT_IN_PATTERNS = fileURLToPath(new URL('../../patterns/', import.meta.url));

export interface CompiledPattern {
  readonly pattern: Pattern;
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

const ALL_BUT_DEBUG = 2 ** LOG_LEVELS.length - 2;

/** Later folders may not redefine an id. @throws GapwatchError CONFIG naming every problem */
export function loadCatalogue(folders: readonly string[] = [BUILT_IN_PATTERNS]): Catalogue {
  const problems: string[] = [];
  const found: { file: string; pattern: Pattern }[] = [];
  for (const folder of folders) {
    for (const file of patternFiles(folder)) {
      const pattern = readPattern(file, problems);
      const twin = found.find((other) => other.pattern.id === pattern?.id);
      if (twin !== undefined) problems.push(`${file}: id: already used by ${twin.file}`);
      else if (pattern !== null) found.push({ file, pattern });
    }
  }
  const catalogue = compileCatalogue(found, problems);
  if (problems.length > 0) {
    throw new GapwatchError('CONFIG', `patterns cannot be used:\n  ${problems.join('\n  ')}`, {
      hint: 'Run `gapwatch match --check` after mending them; patterns/README.md explains each key.',
    });
  }
  return catalogue;
}

function patternFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
    return names.sort().map((name) => join(folder, name));
  } catch (cause) {
    throw new GapwatchError('CONFIG', `pattern folder ${folder} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function readPattern(file: string, problems: string[]): Pattern | null {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const place = error instanceof YAMLParseError ? `:${error.linePos?.[0].line ?? 1}` : '';
    problems.push(`${file}${place}: ${(error as Error).message.split('\n')[0]}`);
    return null;
  }
  const checked = patternSchema.safeParse(content);
  if (!checked.success) {
    for (const issue of checked.error.issues)
      problems.push(`${file}: ${issue.path.join('.') || 'file'}: ${issue.message}`);
    return null;
  }
  if (!file.endsWith(`/${checked.data.id}.yml`)) problems.push(`${file}: id: differs from the file name`);
  return checked.data;
}

function compileCatalogue(found: readonly { file: string; pattern: Pattern }[], problems: string[]): Catalogue {
  const program = new Program();
  const patterns: CompiledPattern[] = [];
  for (const { file, pattern } of found) {
    const index = patterns.length;
    const names: string[] = [];
    const compile = (key: string, expression: string, add: (tree: ReturnType<typeof parseRegex>) => number): number => {
      try {
        return add(parseRegex(expression));
      } catch (error) {
        if (!(error instanceof RegexRefused)) throw error;
        problems.push(`${file}: ${key}: ${error.message} (at character ${error.at + 1} of ${expression})`);
        return 0;
      }
    };
    const start = compile('match', pattern.match, (tree) => program.add(tree, index, false, names));
    const vetoes = pattern.not.map((expression, i) =>
      compile(`not.${i}`, `(?:${pattern.match})(?:${expression})`, (tree) => program.add(tree, index, true, [])),
    );
    patterns.push({ pattern, start, vetoes, names, levelBits: levelBits(pattern) });
  }
  return { patterns, program };
}

function levelBits(pattern: Pattern): number {
  if (pattern.levels === undefined) return ALL_BUT_DEBUG;
  return pattern.levels.reduce((bits, level) => bits | (1 << LOG_LEVELS.indexOf(level)), 0);
}
