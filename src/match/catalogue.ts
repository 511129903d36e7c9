/** Loads pattern folders: full YAML, checked against the schema, every problem reported with file and key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isNode } from 'yaml';
import { GapwatchError } from '../core/errors.ts';
import { listTrustedFolder, readTrustedFile } from '../files/trusted-file.ts';
import { parseYaml, type YamlProblems, type YamlText, yamlValue } from '../files/yaml.ts';
import { BUILT_IN_PATTERNS } from './built-in-patterns.ts';
import { type Catalogue, compileCatalogue } from './compile-catalogue.ts';
import { type PatternFile, patternSchema } from './pattern.ts';

export { BUILT_IN_PATTERNS };

/** Thirty times our longest. Comparing the keys of one mapping takes the square of their number. */
const MAX_PATTERN_BYTES = 64 * 1024;
/** Of one folder; ten times our own. */
const MAX_PATTERN_FILES = 1000;
const MAX_FOLDER_BYTES = 512 * 1024;
/** Problems of one folder that are listed one by one. */
const MOST_PROBLEMS = 20;

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
  const files = filesOf(folder);
  const own: string[] = [];
  if (files.length > MAX_PATTERN_FILES) own.push(`${folder}: more than ${MAX_PATTERN_FILES} pattern files`);
  const found: PatternFile[] = [];
  let left = MAX_FOLDER_BYTES;
  for (const file of files.slice(0, MAX_PATTERN_FILES)) {
    const text = textOrProblem(file, own);
    left -= text?.length ?? 0;
    if (left < 0) own.push(`${file}: the pattern files up to here are longer than ${MAX_FOLDER_BYTES} bytes`);
    if (left < 0) break;
    const pattern = text === null ? null : readPattern(file, text, own);
    if (pattern !== null) found.push(pattern);
  }
  problems.push(...own.slice(0, MOST_PROBLEMS));
  if (own.length > MOST_PROBLEMS) problems.push(`${folder}: ${own.length - MOST_PROBLEMS} more problems`);
  return found;
}

function textOrProblem(file: string, problems: string[]): string | null {
  try {
    return textOf(file);
  } catch (error) {
    problems.push(`${file}: ${(error as Error).message}`);
    return null;
  }
}

/** Our own come with the code, and are as trustworthy as that. */
function namesIn(folder: string): string[] {
  return folder === BUILT_IN_PATTERNS ? readdirSync(folder) : listTrustedFolder(folder, 'the pattern folder');
}

function textOf(file: string): string {
  if (file.startsWith(BUILT_IN_PATTERNS)) return readFileSync(file, 'utf8');
  return readTrustedFile(file, 'the pattern file', MAX_PATTERN_BYTES);
}

function filesOf(folder: string): string[] {
  try {
    const names = namesIn(folder).filter((name) => name.endsWith('.yml'));
    const ids = names.map((name) => name.slice(0, -'.yml'.length));
    return ids.sort().map((id) => join(folder, `${id}.yml`));
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    throw new GapwatchError('CONFIG', `pattern folder ${folder} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function readYaml(text: string): YamlProblems | { readonly yaml: YamlText; readonly value: unknown } {
  const yaml = parseYaml(text);
  if ('problems' in yaml) return yaml;
  const read = yamlValue(yaml);
  return 'problems' in read ? read : { yaml, value: read.value };
}

function readPattern(file: string, text: string, problems: string[]): PatternFile | null {
  const read = readYaml(text);
  if ('problems' in read) {
    problems.push(...read.problems.map((problem) => `${file}:${problem.line}: ${problem.text}`));
    return null;
  }
  const { document, lineAt } = read.yaml;
  const lineOf = (key: string): number => lineAt(offsetOf(document, key.split('.')));
  const checked = patternSchema.safeParse(read.value);
  if (!checked.success) {
    for (const issue of checked.error.issues) {
      const key = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.');
      problems.push(`${file}:${lineOf(key)}: ${key || 'file'}: ${issue.message}`);
    }
    return null;
  }
  if (!file.endsWith(`/${checked.data.id}.yml`))
    problems.push(`${file}:${lineOf('id')}: id: differs from the file name`);
  return { file, pattern: checked.data, lineOf };
}

/** The place of the value of a key, or of the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly string[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
