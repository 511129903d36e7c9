/**
 * Reads gapwatch.yml. Without a file, all settings have their defaults. One error lists all problems, each with file,
 * line and correction. It refuses a config or pattern file that another user can write.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { GapwatchError, listed } from '../core/errors.ts';
import { listTrustedFolder, readTrustedFile } from '../files/trusted-file.ts';
import { parseYaml, type YamlText, yamlValue } from '../files/yaml.ts';
import { expandEnv } from './expand-env.ts';
import { keysAt } from './known-keys.ts';
import { nearestWord } from './nearest-word.ts';
import { type Config, configSchema } from './schema.ts';

/** Paths that are tried when no config file is given. */
const DEFAULT_PATHS = ['./gapwatch.yml', '/etc/gapwatch/gapwatch.yml'] as const;
/** Limits the time of the parser, which grows with the square of the number of keys in a mapping. */
const MAX_BYTES = 128 * 1024;
/** The catalogue reads at most this many files of a folder. */
const MOST_PATTERN_FILES = 1000;
/** Created by the package or by `install -d`. If it exists, the default store is in it. */
const STATE_FOLDER = '/var/lib/gapwatch';

interface Source extends YamlText {
  readonly file: string;
}

function lineOf(source: Source, path: readonly PropertyKey[], key?: string): number {
  const steps = key === undefined ? path : [...path, key];
  for (let length = steps.length; length > 0; length--) {
    const parent = source.document.getIn(steps.slice(0, length - 1), true) as
      | { items?: { key?: { value?: unknown; range?: [number, number, number] } }[]; range?: [number, number, number] }
      | undefined;
    const pair = parent?.items?.find((item) => item.key?.value === steps[length - 1]);
    const offset = pair?.key?.range?.[0];
    if (offset !== undefined) return source.lineAt(offset);
  }
  return 1;
}

function describe(issue: z.core.$ZodIssue, source: Source): string[] {
  const at = (key?: string): string => `${source.file}:${lineOf(source, issue.path, key)}`;
  if (issue.code !== 'unrecognized_keys') return [`${at()}: ${issue.path.join('.') || 'config'}: ${issue.message}`];
  const known = keysAt(configSchema, issue.path);
  return issue.keys.map((key) => {
    const near = nearestWord(key, known);
    const hint = near === null ? `known keys: ${known.join(', ')}` : `did you mean ${near}?`;
    return `${at(key)}: unknown key ${[...issue.path, key].join('.')}; ${hint}`;
  });
}

function fail(problems: readonly string[]): never {
  throw new GapwatchError('CONFIG', listed(problems), { hint: 'The README lists every key with its default.' });
}

function withStateFolder(config: Config): Config {
  if (!existsSync(STATE_FOLDER)) return config;
  return { ...config, store: { ...config.store, path: join(STATE_FOLDER, 'gapwatch.db') } };
}

/** Parses config text. Throws GapwatchError CONFIG with one line for each problem. */
export function parseConfig(text: string, file: string, env: Readonly<Record<string, string | undefined>>): Config {
  const yaml = parseYaml(text);
  const placed = (line: number, problem: string): string => `${file}:${line}: ${problem}`;
  if ('problems' in yaml) return fail(yaml.problems.map((problem) => placed(problem.line, problem.text)));
  const { document, lineAt } = yaml;
  const unset = expandEnv(document, env);
  if (unset.length > 0) {
    fail(unset.map(({ name, offset }) => placed(lineAt(offset), `\${${name}} is not set in the environment`)));
  }
  const read = yamlValue(yaml);
  if ('problems' in read) return fail(read.problems.map((problem) => placed(problem.line, problem.text)));
  const parsed = configSchema.safeParse(read.value ?? {});
  if (parsed.success) return document.hasIn(['store', 'path']) ? parsed.data : withStateFolder(parsed.data);
  return fail(parsed.error.issues.flatMap((issue) => describe(issue, { file, ...yaml })));
}

function readIfThere(path: string): string | null {
  try {
    return readTrustedFile(path, 'the config file', MAX_BYTES);
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new GapwatchError('CONFIG', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Checks pattern files at start, so that gapwatch does not start with a pattern that another user can write. */
function requireTrustedPatterns({ patterns }: Config): void {
  for (const folder of patterns.folders) {
    const names = unlessUnreadable(() => listTrustedFolder(folder, 'the pattern folder')) ?? [];
    for (const name of names
      .filter((one) => one.endsWith('.yml'))
      .sort()
      .slice(0, MOST_PATTERN_FILES))
      unlessUnreadable(() => readTrustedFile(join(folder, name), 'the pattern file', MAX_BYTES));
  }
}

/** Ignores read errors, because the catalogue reports them later with their place. */
function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof GapwatchError) throw error;
    return null;
  }
}

export interface LoadedConfig {
  readonly config: Config;
  /** The path of the config file; null when there is none. */
  readonly file: string | null;
}

/**
 * Tries `named` (`-c`), `$GAPWATCH_CONFIG`, the default paths, and then the defaults. A named file must exist. A file
 * that another user can write is an error: skipping it would silently use another configuration.
 */
export function loadConfig(named: string | undefined, env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const asked = named ?? env.GAPWATCH_CONFIG;
  for (const file of asked === undefined ? DEFAULT_PATHS : [asked]) {
    const text = readIfThere(file);
    if (text === null) continue;
    const config = parseConfig(text, file, env);
    requireTrustedPatterns(config);
    return { config, file };
  }
  if (asked !== undefined)
    throw new GapwatchError('CONFIG', `there is no config file ${asked}`, {
      hint: 'Check the path, or omit -c and GAPWATCH_CONFIG to use the defaults.',
    });
  return { config: withStateFolder(configSchema.parse({})), file: null };
}
