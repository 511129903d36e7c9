/** Which words of a configuration may be printed, by kind; every other word becomes `[…]`. Linear in the text. */
import type { FormatPart } from './log-format.ts';
import { isAddress, type Names } from './plain-name.ts';

export const HIDDEN = '[…]';

const NUMBER = /^\d{1,15}(?:\.\d{1,3})?(?:ms|[kmgsdhwy])?(?: ?\d{1,6}(?:ms|[smhd])){0,6}$/i;
const NAME = /^[\w.@:-]{1,128}$/;
const PATH = /^[\w./+@*?,[\]{}$-]{1,512}$/;
const HOST = /^(?:\*|[\w.*-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5}(?:-\d{1,5})?)?(?:\/\d{1,3})?$/i;
const UNIX = /^unix:[\w./+@$-]{1,256}:?$/i;
const VARIABLES = /^(?:\$\{?\w{1,64}\}?|[ :./|_-])+$/;
/** Without control and format characters: what is printed is read in terminals. */
const PATTERN = /^[^\s\p{C}"'`]{0,512}$/u;
const OPTION = /^[\w.:/+-]{0,128}$/;
const URL = /^((?:[a-z]{1,10}:\/\/)?)(?:[^/?#@]{0,512}@)?([\w.:/[\]$%{}~+*,=-]{0,1024})/i;
/** Words of a Connection or Upgrade header. */
const HEADER = /^(?:close|keep-alive|upgrade|websocket|h2c|te|trailers)?$/i;

type Print = (word: string, names: Names) => string | null;

const shaped =
  (shape: RegExp): Print =>
  (word, names) =>
    shape.test(word) ? names.masked(word) : null;
const plain =
  (shape: RegExp): Print =>
  (word) =>
    shape.test(word) ? word : null;

const address: Print = (word, names) => {
  if (isAddress(word)) return word;
  return HOST.test(word) || UNIX.test(word) ? names.masked(word) : null;
};

/** Without the user in it, and without a query. */
const url: Print = (word, names) => {
  const [whole = '', scheme = '', rest = ''] = URL.exec(word) ?? [];
  if (rest === '') return null;
  const user = whole.length > scheme.length + rest.length ? `${HIDDEN}@` : '';
  return `${scheme}${user}${names.masked(rest)}${whole.length < word.length ? HIDDEN : ''}`;
};

/** `syslog:server=…,tag=…` by its parts; `memory:32m`, `stderr` and paths as they are. */
const target: Print = (word, names) => {
  if (!word.startsWith('syslog:')) return shaped(PATH)(word, names) ?? plain(/^memory:\d{1,9}[km]?$/)(word, names);
  const parts = word
    .slice('syslog:'.length)
    .split(',')
    .map((part) => {
      const [, key = '', value = ''] = /^(server|facility|severity|tag|nohostname)=?(.*)$/.exec(part) ?? [];
      if (key === '') return HIDDEN;
      const print = key === 'server' ? address : shaped(NAME);
      return value === '' ? key : `${key}=${print(value, names) ?? HIDDEN}`;
    });
  return `syslog:${parts.join(',')}`;
};

/** Labels and punctuation stay, as in ` rt=` and `","status":"`; other words may be values. */
function printedLiteral(text: string): string {
  return text.replace(/[^ \t"'=:,;|/()[\]{}<>-]+/g, (word, at: number) => {
    const after = text.slice(at + word.length, at + word.length + 2);
    const isLabel = /^(?:=|:|"[:=])/.test(after) && /^[a-z]{1,24}(?:[_.][a-z\d]{1,24}){0,4}$/i.test(word);
    return isLabel ? word : '…';
  });
}

/** A part of a log format as it is printed. */
export function printedPart(part: FormatPart): FormatPart {
  return part.kind === 'variable' ? part : { kind: 'literal', text: printedLiteral(part.text) };
}

/** The text of a log_format with the words between its variables masked; the printed lines have the same. */
export function printedFormat(format: string): string {
  return format.replace(/\$(?:\{\w+\}|\w+)|[^$]+/g, (part) => (part.startsWith('$') ? part : printedLiteral(part)));
}

export const PRINT: Readonly<Record<string, Print>> = {
  number: plain(NUMBER),
  name: shaped(NAME),
  path: shaped(PATH),
  target,
  address,
  url,
  variables: plain(VARIABLES),
  pattern: shaped(PATTERN),
  header: (word) => (HEADER.test(word) || VARIABLES.test(word) ? word : null),
};

/** `word` as it may be printed where `allowed` words are; `[…]` when it is none of them. */
export function printedWord(word: string, allowed: readonly string[], names: Names): string {
  const option = /^(\w{1,32}=)(.*)$/s.exec(word);
  if (option !== null && allowed.includes(option[1] ?? ''))
    return `${option[1]}${OPTION.test(option[2] ?? '') ? names.masked(option[2] ?? '') : HIDDEN}`;
  if (allowed.includes(word) && PRINT[word] === undefined) return word;
  for (const kind of allowed) {
    const printed = PRINT[kind]?.(word, names) ?? null;
    if (printed !== null) return printed;
  }
  return HIDDEN;
}
