/**
 * Parses a configuration into a tree: every directive with its file, line and arguments, includes resolved in place.
 * Unknown directives are kept. What nginx would refuse is listed in `problems`, and the rest is parsed.
 */

import type { Place } from '../core/settings.ts';
import { CONFIG_LIMITS, ConfigBudget, type ConfigLimits, type Cut } from './config-budget.ts';
import { createTokenizer, type Statement, type Tokenizer, type Word } from './config-tokens.ts';
import { globTest, isGlob } from './glob.ts';

export interface ConfigNode extends Place {
  readonly name: string;
  readonly args: readonly string[];
  /** The directives in its braces; null for a directive that ends in `;`. */
  readonly block: readonly ConfigNode[] | null;
  /** The code of a `*_by_lua_block`. */
  readonly code?: string;
}

export interface ConfigProblem extends Place {
  /** In nginx's own words where nginx has any. */
  readonly message: string;
}

export interface ConfigTree {
  /** The main context. An `include` node stays; the directives it brought in follow it. */
  readonly nodes: readonly ConfigNode[];
  /** Every file that was read, main file first. */
  readonly files: readonly string[];
  /** Empty when nginx would find no fault in the syntax and all of it was read. */
  readonly problems: readonly ConfigProblem[];
  /** Where reading stopped because a limit of ours was reached; it is the last problem too. */
  readonly cut: Cut | null;
}

/** Where files come from: a dump, or the disk. Paths are absolute. */
export interface ConfigReader {
  /** Null: files beyond the main one are not known here, and that is no fault of the configuration. */
  read(path: string): ConfigText | { readonly failure: string } | null;
  glob(pattern: string): GlobResult;
}

export interface ConfigText {
  readonly text: string;
  /** True when the file is longer: this is the beginning of it. */
  readonly isCut?: boolean;
}

export interface GlobResult {
  /** Existing files that fit, in byte order. */
  readonly files: readonly string[];
  /** Folders that may hold more of them and could not be listed. */
  readonly unread?: readonly { readonly path: string; readonly failure: string }[];
  /** Names that were compared with the pattern. */
  readonly compared: number;
}

/** All directives, each before those in its braces, in the order of the text. */
export function allNodes(nodes: readonly ConfigNode[], into: ConfigNode[] = []): readonly ConfigNode[] {
  for (const node of nodes) {
    into.push(node);
    if (node.block !== null) allNodes(node.block, into);
  }
  return into;
}

const MAX_DEPTH = 32;
/** nginx’s own contexts reach ten deep; what is nested deeper than this is no configuration. */
const MAX_NESTING = 64;

/** Most problems listed. */
const MAX_PROBLEMS = 1000;

interface Reading {
  readonly reader: ConfigReader;
  readonly budget: ConfigBudget;
  /** Directory of the main file, with its slash: what `include` is relative to. */
  readonly confPrefix: string;
  readonly files: Set<string>;
  readonly problems: ConfigProblem[];
  readonly globs: Map<string, GlobResult>;
  readonly names: Map<string, string>;
}

function report(reading: Reading, problem: ConfigProblem): void {
  if (reading.problems.length < MAX_PROBLEMS && reading.budget.cut === null) reading.problems.push(problem);
}

/** Reads `mainFile` and everything it includes. */
export function parseConfig(mainFile: string, reader: ConfigReader, limits: ConfigLimits = CONFIG_LIMITS): ConfigTree {
  const confPrefix = mainFile.slice(0, mainFile.lastIndexOf('/') + 1);
  const budget = new ConfigBudget(limits);
  const known = { files: new Set<string>(), globs: new Map(), names: new Map() };
  const reading: Reading = { reader, budget, confPrefix, problems: [], ...known };
  const nodes: ConfigNode[] = [];
  parseFile(mainFile, { file: mainFile, line: 1 }, reading, nodes, 0);
  const { cut } = budget;
  return { nodes, files: [...reading.files], problems: [...reading.problems, ...(cut === null ? [] : [cut])], cut };
}

/** Reads one text by itself: a whole config without its includes, or any piece of one. */
export function parseFragment(text: string, file = 'nginx.conf'): ConfigTree {
  let isRead = false;
  return parseConfig(file, {
    read() {
      // A file of that name that it includes is another one, and not here.
      const found = isRead ? null : { text };
      isRead = true;
      return found;
    },
    glob: () => ({ files: [], compared: 0 }),
  });
}

const DUMP_HEADER = /^# configuration file (.+):$/gm;

/** The files of a dump by their paths, main file first; those beyond the limit are left out. */
function filesOf(dump: string, most: number): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let path: string | undefined;
  let from = 0;
  // nginx -T adds one newline after each file.
  const add = (end: number): void => {
    if (path !== undefined) texts.set(path, dump.slice(from, dump[end - 1] === '\n' ? end - 1 : end));
  };
  for (const header of dump.matchAll(DUMP_HEADER)) {
    add(header.index);
    if (texts.size > most) return texts;
    path = header[1];
    from = header.index + header[0].length + 1;
  }
  add(dump.length);
  return texts;
}

/** Reads the output of `nginx -T`; text without its file headers is read as a fragment. */
export function parseDump(dump: string, limits: ConfigLimits = CONFIG_LIMITS): ConfigTree {
  const texts = filesOf(dump, limits.files);
  const [main] = texts.keys();
  if (main === undefined) return parseFragment(dump);
  const reader: ConfigReader = {
    read(path) {
      const text = texts.get(path);
      return text === undefined ? { failure: 'not in this dump' } : { text };
    },
    glob(pattern) {
      const fits = globTest(pattern);
      return { files: [...texts.keys()].filter(fits).sort(), compared: texts.size };
    },
  };
  return parseConfig(main, reader, limits);
}

const openFailed = ({ file, line }: Place, path: string, failure: string): ConfigProblem => ({
  file,
  line,
  message: `open() "${path}" failed (${failure})`,
});

function parseFile(path: string, from: Place, reading: Reading, into: ConfigNode[], depth: number): void {
  const { budget } = reading;
  if (!budget.take('files', 1, from.file, from.line)) return;
  const found = depth > MAX_DEPTH ? { failure: 'included too deep' } : reading.reader.read(path);
  if (found === null) return;
  if ('failure' in found) {
    report(reading, openFailed(from, path, found.failure));
    return;
  }
  const { text, isCut = false } = found;
  const room = budget.room(text.length);
  reading.files.add(path);
  const problem = (line: number, message: string): void => {
    if (!isCut || !message.startsWith('unexpected end of file')) report(reading, { file: path, line, message });
  };
  // nginx takes a byte order mark for a part of the first directive's name, so it is left in place.
  const tokens = createTokenizer(text, problem, (line, at) =>
    at < room ? budget.take('words', 1, path, line) : budget.stop('characters', path, line),
  );
  const file: OpenFile = { path, tokens, problem, depth, isCut };
  // A brace too many ends the file for nginx; here the rest is still worth reading.
  let end = parseBlock(file, reading, into);
  for (; end.end === '}'; end = parseBlock(file, reading, into)) problem(end.endLine, 'unexpected "}"');
  if (isCut) budget.stop('characters', path, end.endLine);
}

interface OpenFile {
  readonly path: string;
  readonly tokens: Tokenizer;
  readonly problem: (line: number, message: string) => void;
  readonly depth: number;
  readonly isCut: boolean;
}

/** Reads up to the closing brace or the end of the file, and returns the statement that was it. */
function parseBlock(file: OpenFile, reading: Reading, into: ConfigNode[], nesting = 0): Statement {
  let tooDeep = false;
  for (;;) {
    const statement = file.tokens.next();
    const first = statement.words[0];
    // The last words of a file that goes on may be halves.
    if (first === undefined || (file.isCut && statement.end === 'end')) return statement;
    const node = nodeOf(first, statement.words, file.path, reading);
    if (statement.end !== '{') {
      into.push(node);
      if (node.name === 'include' && node.args.length === 1) include(node, reading, into, file.depth);
    } else if (node.name.endsWith('_by_lua_block')) {
      into.push({ ...node, block: [], code: file.tokens.luaBlock() });
    } else if (nesting >= MAX_NESTING) {
      into.push({ ...node, block: [] });
      if (!tooDeep) file.problem(first.line, 'nested too deep');
      tooDeep = true;
    } else {
      const block: ConfigNode[] = [];
      const end = parseBlock(file, reading, block, nesting + 1);
      // A copy has no room to grow, of which a million small lists would take more than of all else.
      into.push({ ...node, block: block.slice() });
      if (end.end === 'end') file.problem(end.endLine, 'unexpected end of file, expecting "}"');
    }
  }
}

const NO_ARGUMENTS: readonly string[] = [];

/** Names come again by the hundred thousand: each is kept once. */
const MOST_NAMES = 4096;

function nodeOf({ text, line }: Word, words: readonly Word[], file: string, { names }: Reading): ConfigNode {
  const name = names.get(text) ?? text;
  if (names.size < MOST_NAMES) names.set(name, name);
  const args = words.length === 1 ? NO_ARGUMENTS : words.slice(1).map((word) => word.text);
  return { name, args, file, line, block: null };
}

function include(node: ConfigNode, reading: Reading, into: ConfigNode[], depth: number): void {
  const name = node.args[0] ?? '';
  const path = name.startsWith('/') ? name : reading.confPrefix + name;
  const { files, unread = [] } = isGlob(path) ? expand(path, node, reading) : { files: [path] };
  for (const { path: folder, failure } of unread) report(reading, openFailed(node, folder, failure));
  for (const file of files) parseFile(file, node, reading, into, depth + 1);
}

/** The same pattern is looked up once, however many includes have it. */
function expand(pattern: string, { file, line }: Place, { reader, budget, globs }: Reading): GlobResult {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  const found = budget.cut === null ? reader.glob(pattern) : { files: [], compared: 0 };
  globs.set(pattern, found);
  return budget.take('names', found.compared, file, line) ? found : { files: [], compared: 0 };
}
