/**
 * A configuration as a tree: every directive with its file, line and arguments, includes resolved in place. Unknown
 * directives are kept; what nginx would refuse is listed in `problems` and the rest is still there.
 */
import { createTokenizer, type Statement, type Tokenizer, type Word } from './config-tokens.ts';
import { globToRegExp, isGlob } from './glob.ts';
import type { Place } from './settings.ts';

export interface ConfigNode extends Place {
  readonly name: string;
  readonly args: readonly string[];
  /** What stands in its braces; null for a directive that ends in `;`. */
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
  /** Empty when nginx would find no fault in the syntax. */
  readonly problems: readonly ConfigProblem[];
}

/** Where files come from: a dump, or the disk. Paths are absolute. */
export interface ConfigReader {
  /** Null: files beyond the main one are not known here, and that is no fault of the configuration. */
  read(path: string): { readonly text: string } | { readonly failure: string } | null;
  glob(pattern: string): GlobResult;
}

export interface GlobResult {
  /** Existing files that fit, in byte order. */
  readonly files: readonly string[];
  /** Folders that may hold more of them and could not be listed. */
  readonly unread?: readonly { readonly path: string; readonly failure: string }[];
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

interface Reading {
  readonly reader: ConfigReader;
  /** Directory of the main file, with its slash: what `include` is relative to. */
  readonly confPrefix: string;
  readonly files: string[];
  readonly problems: ConfigProblem[];
}

/** Reads `mainFile` and everything it includes. */
export function parseConfig(mainFile: string, reader: ConfigReader): ConfigTree {
  const confPrefix = mainFile.slice(0, mainFile.lastIndexOf('/') + 1);
  const reading: Reading = { reader, confPrefix, files: [], problems: [] };
  const nodes: ConfigNode[] = [];
  parseFile(mainFile, { file: mainFile, line: 1 }, reading, nodes, 0);
  return { nodes, files: reading.files, problems: reading.problems };
}

/** Reads one text by itself: a whole config without its includes, or any piece of one. */
export function parseFragment(text: string, file = 'nginx.conf'): ConfigTree {
  return parseConfig(file, {
    read: (path) => (path === file ? { text } : null),
    glob: () => ({ files: [] }),
  });
}

const DUMP_HEADER = /^# configuration file (.+):$/gm;

/** Reads the output of `nginx -T`; text without its file headers is read as a fragment. */
export function parseDump(dump: string): ConfigTree {
  const texts = new Map<string, string>();
  const headers = [...dump.matchAll(DUMP_HEADER)];
  for (const [i, header] of headers.entries()) {
    const end = headers[i + 1]?.index ?? dump.length;
    // nginx puts one newline of its own behind every file.
    texts.set(header[1] ?? '', dump.slice(header.index + header[0].length + 1, end).replace(/\n$/, ''));
  }
  const main = headers[0]?.[1];
  if (main === undefined) return parseFragment(dump);
  return parseConfig(main, {
    read(path) {
      const text = texts.get(path);
      return text === undefined ? { failure: 'not in this dump' } : { text };
    },
    glob(pattern) {
      const fits = globToRegExp(pattern);
      return { files: [...texts.keys()].filter((path) => fits.test(path)).sort() };
    },
  });
}

const openFailed = ({ file, line }: Place, path: string, failure: string): ConfigProblem => ({
  file,
  line,
  message: `open() "${path}" failed (${failure})`,
});

function parseFile(path: string, from: Place, reading: Reading, into: ConfigNode[], depth: number): void {
  const found = depth > MAX_DEPTH ? { failure: 'included too deep' } : reading.reader.read(path);
  if (found === null) return;
  if ('failure' in found) {
    reading.problems.push(openFailed(from, path, found.failure));
    return;
  }
  if (!reading.files.includes(path)) reading.files.push(path);
  const problem = (line: number, message: string): void => void reading.problems.push({ file: path, line, message });
  // nginx takes a byte order mark for a part of the first directive's name, so it is left in place.
  const tokens = createTokenizer(found.text, problem);
  const file: OpenFile = { path, tokens, problem, depth };
  // A brace too many ends the file for nginx; here the rest is still worth reading.
  for (let end = parseBlock(file, reading, into); end.end === '}'; end = parseBlock(file, reading, into)) {
    problem(end.endLine, 'unexpected "}"');
  }
}

interface OpenFile {
  readonly path: string;
  readonly tokens: Tokenizer;
  readonly problem: (line: number, message: string) => void;
  readonly depth: number;
}

/** Reads up to the closing brace or the end of the file, and returns the statement that was it. */
function parseBlock(file: OpenFile, reading: Reading, into: ConfigNode[], nesting = 0): Statement {
  let tooDeep = false;
  for (;;) {
    const statement = file.tokens.next();
    const first = statement.words[0];
    if (first === undefined) return statement;
    const block: ConfigNode[] | null = statement.end === '{' ? [] : null;
    const node = nodeOf(first, statement.words, file.path, block);
    into.push(node);
    if (block === null) {
      if (node.name === 'include' && node.args.length === 1) include(node, reading, into, file.depth);
    } else if (node.name.endsWith('_by_lua_block')) {
      into[into.length - 1] = { ...node, code: file.tokens.luaBlock() };
    } else if (nesting >= MAX_NESTING) {
      if (!tooDeep) file.problem(first.line, 'nested too deep');
      tooDeep = true;
    } else {
      const end = parseBlock(file, reading, block, nesting + 1);
      if (end.end === 'end') file.problem(end.endLine, 'unexpected end of file, expecting "}"');
    }
  }
}

function nodeOf(first: Word, words: readonly Word[], file: string, block: readonly ConfigNode[] | null): ConfigNode {
  const args: string[] = [];
  for (let i = 1; i < words.length; i++) args.push(words[i]?.text ?? '');
  return { name: first.text, args, file, line: first.line, block };
}

function include(node: ConfigNode, reading: Reading, into: ConfigNode[], depth: number): void {
  const name = node.args[0] ?? '';
  const path = name.startsWith('/') ? name : reading.confPrefix + name;
  const { files, unread = [] } = isGlob(path) ? reading.reader.glob(path) : { files: [path] };
  for (const { path: folder, failure } of unread) reading.problems.push(openFailed(node, folder, failure));
  for (const file of files) parseFile(file, node, reading, into, depth + 1);
}
