/**
 * nginx's own configuration grammar (src/core/ngx_conf_file.c, ngx_conf_read_token), one statement at a time, with the
 * line of every word. Refuses nothing: what nginx would reject becomes a problem with its line and nginx's own words,
 * and the tokenizer continues after it.
 */

import { createLuaReader, type LuaReader } from './lua-block.ts';

export interface Word {
  /** Quotes removed, escapes resolved. */
  readonly text: string;
  /** 1-based line of its first character. */
  readonly line: number;
}

/** What ended a statement; `end` is the end of the text. */
type Terminator = ';' | '{' | '}' | 'end';

export interface Statement {
  readonly words: readonly Word[];
  readonly end: Terminator;
  /** Line of the terminator: the one nginx names in its own messages. */
  readonly endLine: number;
}

export interface Tokenizer {
  next(): Statement;
  /** The code of a `*_by_lua_block`, called when `next` has just ended in its `{`; consumes the closing brace. */
  luaBlock(): string;
}

/** NGX_CONF_BUFFER: no parameter, and no comment, may be longer than the buffer that nginx reads into. */
const BUFFER_BYTES = 4096;

const isSpace = (char: string | undefined): boolean =>
  char === ' ' || char === '\t' || char === '\r' || char === '\n' || char === undefined;

const isWordStart = (char: string): boolean => char !== ';' && char !== '{' && char !== '}';

const utf8 = new TextEncoder();
const atLeast = (span: string, bytes: number): boolean => span.length * 3 >= bytes && utf8.encode(span).length >= bytes;

const UNESCAPED: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', '"': '"', "'": "'", '\\': '\\' };
const resolveEscapes = (raw: string): string =>
  raw.includes('\\') ? raw.replace(/\\([trn"'\\])/g, (_, char: string) => UNESCAPED[char] ?? char) : raw;

/**
 * `onProblem` hears what nginx would refuse, in its words, in the order of the text. `mayRead` is asked before each word;
 * from the first no on every statement is the end of the text.
 */
export function createTokenizer(
  text: string,
  onProblem: (line: number, message: string) => void,
  mayRead: (line: number, at: number) => boolean = () => true,
): Tokenizer {
  let at = 0;
  let line = 1;
  let lua: LuaReader | null = null;
  const problem = (message: string, where = line): void => onProblem(where, message);

  /** `after`: bytes nginx reads behind the span before it is done. A file's end is found before a full buffer is. */
  const overflows = (span: string, to: number, after = 0): boolean =>
    atLeast(span, BUFFER_BYTES - (to >= text.length ? -1 : after));

  /** Moves to `to` and counts the lines passed. */
  function advance(to: number): void {
    for (; at < to; at += 1) if (text[at] === '\n') line += 1;
  }

  function skipComment(): void {
    const end = text.indexOf('\n', at);
    const to = end < 0 ? text.length : end;
    if (overflows(text.slice(at, to), to)) problem(`too long parameter "${text.slice(at, at + 10)}..." started`);
    advance(to);
  }

  /** Up to the first unescaped quote; nginx requires a space, `;`, `{` or `)` after it. */
  function readQuoted(quote: string): Word {
    const started = line;
    const from = at + 1;
    let to = from;
    while (to < text.length && text[to] !== quote) to += text[to] === '\\' ? 2 : 1;
    const raw = text.slice(from, to);
    // nginx has to look one byte past the closing quote while the parameter still fills its buffer.
    if (overflows(raw, to, 1)) {
      problem(`too long parameter, probably missing terminating "${quote}" character`, started);
    }
    advance(Math.min(to + 1, text.length));
    const next = text[at];
    if (!isSpace(next) && next !== ';' && next !== '{' && next !== ')') problem(`unexpected "${next}"`);
    return { text: resolveEscapes(raw), line: started };
  }

  /** Up to a space, `;` or `{`; the brace of `${name}` belongs to the word, and so does everything behind a backslash. */
  function readBare(): Word {
    const started = line;
    let to = at;
    for (let variable = false; to < text.length; to += 1) {
      const char = text[to];
      if (char === '{' && variable) continue;
      if (isSpace(char) || char === ';' || char === '{') break;
      variable = char === '$';
      if (char === '\\') to += 1;
    }
    to = Math.min(to, text.length);
    const raw = text.slice(at, to);
    if (overflows(raw, to, isSpace(text[to]) ? 1 : 0)) {
      problem(`too long parameter "${raw.slice(0, 10)}..." started`, started);
    }
    advance(to);
    return { text: resolveEscapes(raw), line: started };
  }

  function finish(words: readonly Word[], end: Terminator): Statement {
    const endLine = line;
    if (end !== 'end') at += 1;
    return { words, end, endLine };
  }

  function stop(): Statement {
    at = text.length;
    return { words: [], end: 'end', endLine: line };
  }

  function next(): Statement {
    const words: Word[] = [];
    while (at < text.length) {
      const char = text[at] ?? '';
      if (isSpace(char)) advance(at + 1);
      else if (char === '#') skipComment();
      else if (isWordStart(char) && !mayRead(line, at)) return stop();
      else if (char === '"' || char === "'") words.push(readQuoted(char));
      else if (char === '}') {
        if (words.length === 0) return finish(words, '}');
        problem('unexpected "}"');
        return { words, end: ';', endLine: line };
      } else if (char !== ';' && char !== '{') words.push(readBare());
      else if (words.length > 0) return finish(words, char);
      else {
        problem(`unexpected "${char}"`);
        at += 1;
      }
    }
    if (words.length > 0) problem('unexpected end of file, expecting ";" or "}"');
    return finish(words, 'end');
  }

  function luaBlock(): string {
    const from = at;
    const started = line;
    lua ??= createLuaReader(text);
    const end = lua.blockEnd(from);
    advance(end ?? text.length);
    if (end === null) problem('unexpected end of file, expecting "}" of the Lua block', started);
    else at += 1;
    return text.slice(from, end ?? text.length);
  }

  return { next, luaBlock };
}
