/**
 * Redacts a message: only words of nginx, the C library and the system stay, and captures from known places. Linear in the
 * text, because attackers write it.
 */
import { redact } from '../core/redact.ts';
import { MESSAGE_WORDS } from './message-words.ts';
import { PRINTED_DIRECTIVES } from './printed-directives.ts';

export const HIDDEN_TEXT = '…';

const PIECE = /[\p{L}\p{N}_…]+/gu;
const QUOTED = /"[^"]*"?/g;
/** A path of nginx's own: what a client asked for is in lines that name the client. */
const OWN_PATH = /^\/[\w./+@-]{1,255}$/;
const DIRECTIVE = /^[a-z]{1,32}(?:_[a-z0-9]{1,32}){0,8}$/;
/** Replaces a kept text while the words around it are checked. */
const MARK = '\u0001';
const MARKED = /\u0001(\d{1,3})\u0001/g;
const MARKED_WHOLE = /^\u0001\d{1,3}\u0001$/;
/** Shorter ones cannot be opaque, and most are. */
const OPAQUE_FROM = 16;

export interface TextContext {
  /** What was captured, and what may stay in its place. */
  readonly kept: readonly (readonly [captured: string, shown: string])[];
  /** Whether a client may have had a part in it. */
  readonly hasClient: boolean;
}

/** A name, an address or a path as it may stay. */
export function keptName(text: string): string {
  return text.length < OPAQUE_FROM ? text : redact(text, 'keep');
}

function quotedText(content: string, before: string, after: string, hasClient: boolean): string {
  if (content === '' || MARKED_WHOLE.test(content)) return content;
  const ofDirective = after.startsWith(' directive') || before.endsWith('directive ') || after.startsWith(' section');
  if (ofDirective && (DIRECTIVE.test(content) || PRINTED_DIRECTIVES.has(content))) return content;
  if (!hasClient && OWN_PATH.test(content)) return keptName(content);
  return !hasClient && knownWords(content) === content ? content : HIDDEN_TEXT;
}

/** Words that are not nginx's become `…`; so do numbers behind the first of them. */
function knownWords(text: string): string {
  let foreign = false;
  return text.replace(PIECE, (piece) => {
    const word = foreign ? piece : piece.replace(/^\d{1,10}/, '');
    if (word === '' || MESSAGE_WORDS.has(word)) return piece;
    foreign = true;
    return HIDDEN_TEXT;
  });
}

/** The text where it is no part of a longer word. */
const alone = (text: string): RegExp => new RegExp(`(?<!\\w)${text.replaceAll(/[^\w]/g, '\\$&')}(?!\\w)`, 'g');

export function redactedText(text: string, { kept, hasClient }: TextContext): string {
  const marks: string[] = [];
  const mark = (value: string): string => `${MARK}${marks.push(value) - 1}${MARK}`;
  let marked = text.replaceAll(MARK, ' ');
  for (const [captured, shown] of kept) if (captured.length > 1) marked = marked.replace(alone(captured), mark(shown));
  marked = marked.replace(QUOTED, (quoted, at: number, whole: string) => {
    const isClosed = quoted.length > 1 && quoted.endsWith('"');
    const content = quoted.slice(1, isClosed ? -1 : undefined);
    const end = at + quoted.length;
    const own = kept.find(([captured]) => captured === content)?.[1];
    const shown =
      own ?? quotedText(content, whole.slice(Math.max(0, at - 12), at), whole.slice(end, end + 12), hasClient);
    return `"${mark(shown)}"`;
  });
  const known = knownParts(marked);
  // A kept value may hold the mark of a shorter one.
  let shown = known;
  for (let depth = 0; depth < 3 && shown.includes(MARK); depth++)
    shown = shown.replace(MARKED, (_, index: string) => marks[Number(index)] ?? HIDDEN_TEXT);
  return redact(shown.replaceAll(MARK, HIDDEN_TEXT), 'keep');
}

function knownParts(marked: string): string {
  return marked
    .split(/(\u0001\d{1,3}\u0001)/)
    .map((part, i) => (i % 2 === 1 ? part : knownWords(part)))
    .join('');
}
