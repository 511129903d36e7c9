/**
 * What nginx appends to a message: `while <phase>`, then its fields. nginx quotes nothing inside them, so a client can
 * write `", upstream: "` into a request or referrer. Therefore fields are taken only in nginx's own order, each once,
 * and a request ends where its protocol version does (since 1.21.1 a URI cannot hold a space).
 */

/** In the order in which nginx (http, stream, mail) and the Lua module write them. */
const ORDER = [
  'resolver',
  'context',
  'client',
  'server',
  'login',
  'request',
  'subrequest',
  'upstream',
  'bytesClient',
  'bytesUpstream',
  'host',
  'referrer',
] as const;

export type FieldName = (typeof ORDER)[number];
export type ErrorFields = { readonly [K in FieldName]?: string };

export interface MessageParts {
  /** The message proper, without phase and fields. */
  readonly text: string;
  /** `connecting to upstream`, `reading response header from upstream`, …; null when the line names none. */
  readonly phase: string | null;
  /** The number in `(24: Too many open files)`: its text depends on libc. */
  readonly errno: number | null;
  readonly fields: ErrorFields;
  /** Where the fields begin; the message's length when there are none. */
  readonly fieldsAt: number;
}

const KEYS: Readonly<Record<string, FieldName>> = {
  resolver: 'resolver',
  context: 'context',
  client: 'client',
  'udp client': 'client',
  server: 'server',
  login: 'login',
  request: 'request',
  subrequest: 'subrequest',
  upstream: 'upstream',
  'bytes from/to client': 'bytesClient',
  'bytes from/to upstream': 'bytesUpstream',
  host: 'host',
  referrer: 'referrer',
};
const KEY_WORDS = Object.keys(KEYS).join('|');
const FIELD = new RegExp(`, (${KEY_WORDS}): ?`, 'y');
const NEXT_FIELD = new RegExp(`, (?:${KEY_WORDS}):`);
const NEXT_AFTER_QUOTE = new RegExp(`["'](?=, (?:${KEY_WORDS}):|,? *$|\\.{3})`, 'g');
const END_OF_REQUEST = / HTTP\/\d(?:\.\d)?["'](?=,|\s|$)/g;
const TAIL = new RegExp(` while (?=[A-Za-z])|, (?:${KEY_WORDS}): ?`);
const PHASE = /^ while ([^,"(]+?)(?= ?["(,]|, |\s*$)/;
const ERRNO = /\((\d+): /;

/** Takes apart everything behind the head. */
export function splitMessage(message: string): MessageParts {
  // A path is the client's text: the call's own `" failed (` is the last one.
  const path = /^\w+\(\) (?:to )?"/.test(message) ? message.lastIndexOf('" failed (') : -1;
  const from = Math.max(0, path);
  const found = message.slice(from).search(TAIL);
  const tailAt = found < 0 ? message.length : from + found;
  const phase = PHASE.exec(message.slice(tailAt))?.[1] ?? null;
  const behindTail = message.slice(tailAt).search(NEXT_FIELD);
  const fieldsAt = behindTail < 0 ? message.length : tailAt + behindTail;
  const errno = ERRNO.exec(message.slice(from, tailAt))?.[1];
  return {
    text: message.slice(0, tailAt),
    phase,
    errno: errno === undefined ? null : Number(errno),
    fields: readFields(message, fieldsAt),
    fieldsAt,
  };
}

function readFields(message: string, from: number): ErrorFields {
  const fields: { [K in FieldName]?: string } = {};
  let at = from;
  let last = -1;
  for (;;) {
    FIELD.lastIndex = at;
    const name = KEYS[FIELD.exec(message)?.[1] ?? ''];
    if (name === undefined || ORDER.indexOf(name) <= last) return fields;
    last = ORDER.indexOf(name);
    const start = FIELD.lastIndex;
    const quoted = message[start] === '"' || message[start] === "'";
    const end = quoted ? quotedEnd(message, start + 1, name) : plainEnd(message, start);
    fields[name] = message.slice(quoted ? start + 1 : start, end);
    at = quoted ? end + 1 : end;
  }
}

function plainEnd(message: string, start: number): number {
  const length = message.slice(start).search(NEXT_FIELD);
  return length < 0 ? message.length : start + length;
}

/** The offset of the closing quote; the end of the message when the line was cut. */
function quotedEnd(message: string, start: number, name: FieldName): number {
  if (name === 'referrer') {
    const close = message.lastIndexOf(message[start - 1] ?? '"');
    return close >= start ? close : message.length;
  }
  if (name === 'request') {
    END_OF_REQUEST.lastIndex = start;
    if (END_OF_REQUEST.test(message)) return END_OF_REQUEST.lastIndex - 1;
  }
  NEXT_AFTER_QUOTE.lastIndex = start;
  return NEXT_AFTER_QUOTE.exec(message)?.index ?? message.length;
}
