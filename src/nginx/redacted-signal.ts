/**
 * Redacts a signal before it is stored or shown: process, message and upstream stay; text of clients and applications goes.
 * No other file decides about log text; all later code gets redacted signals only.
 */
import { redact } from '../core/redact.ts';
import type { Signal } from '../core/signal.ts';
import { splitMessage } from './error-fields.ts';
import { ErrorHead } from './error-head.ts';
import { isPlainName } from './plain-name.ts';
import { type PathNumbers, redactedPath, redactedRequest } from './redacted-request.ts';
import { HIDDEN_TEXT, keptName, redactedText } from './redacted-text.ts';

type Captures = Signal['captures'];

const ADDRESS = /^(?:\[?[\da-f:.]{2,45}\]?(?::\d{1,5})?|unix:[\w./+@-]{0,256}:?)$/i;
const HOST = /^(?:[\w.*-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
const NAME = /^[\w.@:/+[\]*-]{0,256}$/;
const NUMBER = /^-?[\d.]{1,20}$/;
const SIGNAL = /^(?:\d{1,3}|SIG[A-Z0-9]{1,8})$/;
const UPSTREAM = /^([a-z]{1,10}:\/\/)?(unix:[^:"\s]{0,256}|[^/?#"\s]{0,256})([\s\S]*)$/i;
const CONTEXT = /^(?:ngx\.[\w.*]{1,40}|\w{1,40}_by_lua\*?)$/;
const TRAFFIC = /^\d{1,20}\/\d{1,20}$/;

const shaped =
  (shape: RegExp) =>
  (value: string): string =>
    shape.test(value) ? keptName(value) : HIDDEN_TEXT;

/** Scheme and server of an upstream; that it was asked for something, and not for what. */
function upstream(value: string): string {
  const [, scheme = '', server = '', rest = ''] = UPSTREAM.exec(value) ?? [];
  const isPlace = HOST.test(server) || ADDRESS.test(server);
  const colon = server.startsWith('unix:') && rest.startsWith(':') ? ':' : '';
  const path = rest.slice(colon.length);
  return `${scheme}${isPlace ? keptName(server) : HIDDEN_TEXT}${colon}${path === '' ? '' : redactedPath(path, null)}`;
}

/** How each capture may stay; those that are not listed are words. */
const KEEP: Readonly<Record<string, (value: string, numbers: PathNumbers | null) => string>> = {
  ...Object.fromEntries(
    ['slots', 'limit', 'errno', 'number', 'child', 'victim', 'code', 'soft', 'hard', 'fd', 'slot', 'port', 'bytes']
      .concat(['listeners', 'sender', 'excess', 'line', 'sockets'])
      .map((name) => [name, shaped(NUMBER)]),
  ),
  ...Object.fromEntries(
    ['zone', 'name', 'pool', 'cgroup', 'file', 'address', 'peer', 'server'].map((name) => [name, shaped(NAME)]),
  ),
  signal: shaped(SIGNAL),
  client: shaped(ADDRESS),
  resolver: shaped(HOST),
  context: shaped(CONTEXT),
  bytesClient: shaped(TRAFFIC),
  bytesUpstream: shaped(TRAFFIC),
  request: redactedRequest,
  subrequest: redactedPath,
  upstream,
  host: () => HIDDEN_TEXT,
  referrer: () => HIDDEN_TEXT,
  login: () => HIDDEN_TEXT,
};

/** How nginx writes the fields, in its order. */
const FIELDS: readonly (readonly [name: string, before: string, after: string])[] = [
  ['resolver', ', resolver: ', ''],
  ['context', ', context: ', ''],
  ['client', ', client: ', ''],
  ['server', ', server: ', ''],
  ['login', ', login: "', '"'],
  ['request', ', request: "', '"'],
  ['subrequest', ', subrequest: "', '"'],
  ['upstream', ', upstream: "', '"'],
  ['bytesClient', ', bytes from/to client:', ''],
  ['bytesUpstream', ', bytes from/to upstream:', ''],
  ['host', ', host: "', '"'],
  ['referrer', ', referrer: "', '"'],
];

/** Captures whose text may stay inside the message. */
const IN_MESSAGE = new Set(['zone', 'name', 'pool', 'cgroup', 'file', 'address', 'peer', 'path', 'resolver', 'server']);

const LABEL = /[\w-]+/g;
const plainLabel = (label: string): string => (isPlainName(label) ? label : HIDDEN_TEXT);
/** At the end of what nginx writes before a message. */
const CONNECTION = /\*\d{1,20} $/;
const IN_MEMORY = 256;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const head = new ErrorHead();

/** Lines of a flood say the same: their text is looked at once. */
function createTexts(): typeof redactedText {
  const known = new Map<string, string>();
  return (text, context) => {
    const key = `${context.hasClient} ${context.kept.flat().join(' ')} ${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= IN_MEMORY) known.clear();
    const shown = redactedText(text, context);
    known.set(key, shown);
    return shown;
  };
}

function redactedCapture(name: string, value: string, numbers: PathNumbers | null, hasClient: boolean): string {
  // A name that has to be resolved for a request may be the client's own word.
  if (name === 'name' && hasClient && NAME.test(value)) return value.replace(LABEL, plainLabel);
  if (name === 'path') return redactedText(`"${value}"`, { kept: [], hasClient }).slice(1, -1);
  const keep = KEEP[name];
  return keep === undefined ? redactedText(value, { kept: [], hasClient }) : keep(value, numbers);
}

function redactedCaptures(captures: Captures, numbers: PathNumbers | null): Captures {
  const hasClient = captures.client !== undefined;
  return Object.fromEntries(
    Object.entries(captures).map(([name, value]) => [name, redactedCapture(name, value, numbers, hasClient)]),
  );
}

/** What a shipper put before an entry, and the entry's own time, level and process. */
function beginningOf(line: Uint8Array): string {
  head.locate(line, 0, line.length);
  const from = head.timestampAt >= 0 ? head.timestampAt : head.headAt;
  const shipped = decoder.decode(line.subarray(0, from));
  return `${shipped === '' ? '' : redact(shipped, 'keep')}${decoder.decode(line.subarray(from, head.messageAt))}`;
}

/** A line of nginx's that no pattern knows, without what it says; null for what is no line of nginx's. */
export function unknownLine(line: Uint8Array): string | null {
  const beginning = beginningOf(line);
  return head.origin === 'nginx' ? `${beginning}[${HIDDEN_TEXT}]` : null;
}

/** Takes the text of others out of signals; one for each log, as paths are numbered in it. */
export function createSignalRedactor(numbers: PathNumbers | null): (signal: Signal) => Signal {
  const textOf = createTexts();

  function redactedLine(line: string, captures: Captures, kept: Captures): string {
    const bytes = encoder.encode(line);
    const beginning = beginningOf(bytes);
    const isBare = head.origin === 'bare';
    const message = decoder.decode(bytes.subarray(head.messageAt));
    const { fields, fieldsAt } = splitMessage(message);
    const hasClient = fields.client !== undefined || isBare || CONNECTION.test(beginning);
    const places = Object.entries(captures).flatMap(([name, captured]) => {
      const shown = kept[name] ?? HIDDEN_TEXT;
      return IN_MESSAGE.has(name) && shown !== HIDDEN_TEXT ? [[captured, shown] as const] : [];
    });
    const said = textOf(message.slice(0, fieldsAt), { kept: places, hasClient });
    const told = FIELDS.map(([name, before, after]) => {
      const value = (fields as Captures)[name];
      return value === undefined ? '' : `${before}${redactedCapture(name, value, numbers, hasClient)}${after}`;
    });
    return `${beginning}${said}${told.join('')}`;
  }

  function busiest(signal: Signal): Pick<Signal, 'busiest'> {
    if (signal.busiest === undefined) return {};
    const kinds = Object.entries(signal.busiest).map(([kind, keys]) => [
      kind,
      keys.map((one) => ({ ...one, key: kind === 'pid' ? one.key : redactedCapture(kind, one.key, null, true) })),
    ]);
    return { busiest: Object.fromEntries(kinds) };
  }

  return (signal) => {
    const captures = redactedCaptures(signal.captures, numbers);
    const { line, lastLine } = signal;
    return {
      ...signal,
      captures,
      ...busiest(signal),
      line: redactedLine(line, signal.captures, captures),
      ...(lastLine === undefined ? {} : { lastLine: redactedLine(lastLine, signal.captures, captures) }),
    };
  };
}
