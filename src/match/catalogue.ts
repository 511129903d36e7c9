/** Loads pattern folders: full YAML, checked against the schema, every problem told with file and key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { GapwatchError } from '../core/errors.ts';
import { BUILT_IN_PATTERNS } from './built-in-patterns.ts';
import { type Catalogue, compileCatalogue } from './compile-catalogue.ts';
import { type Pattern, type PatternFile, patternSchema } from './pattern.ts';

export { BUILT_IN_PATTERNS };

/**
 * Patterns of earlier folders are preferred, and inside a folder those of earlier file names. No id may be used twice.
 * @throws GapwatchError CONFIG naming every problem
 */
export function loadCatalogue(folders: readonly string[] = [BUILT_IN_PATTERNS]): Catalogue {
  const problems: string[] = [];
  const found = folders.flatMap((folder) => readPatternFolder(folder, problems));
  return compileCatalogue(found, problems);
}

/** Files with a problem are left out, and the problem is added to `problems`. */
function readPatternFolder(folder: string, problems: string[]): readonly PatternFile[] {
  return filesOf(folder).flatMap((file) => {
    const pattern = readPattern(file, problems);
    return pattern === null ? [] : [{ file, pattern }];
  });
}

function filesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
    const ids = names.map((name) => name.slice(0, -'.yml'.length));
    return ids.sort().map((id) => join(folder, `${id}.yml`));
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
