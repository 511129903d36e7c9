/**
 * Lines that are not nginx's own although they look like it. nginx writes a path as it was decoded and what a FastCGI
 * backend says as it came, line breaks included: `GET /%0a…` puts whole lines of a client's choice into the log. But it
 * writes an entry at once, at most 2 KiB of it, and never ends a line inside quotes except where it cuts an entry off.
 */
import { ErrorHead } from '../nginx/error-head.ts';

const NEWLINE = 10;
const QUOTE = 34;
/** NGX_MAX_ERROR_STR: an entry has no more bytes, its newline included. */
export const ENTRY_BYTES = 2048;
/** A line so long may have been cut inside quotes. */
const CUT_FROM_BYTES = 2000;
/** Ends everything that a request made nginx quote. */
const CONTEXT = ', client: ';
/** A request whose path has a line break, as nginx logs it: encoded. */
const BROKEN_REQUEST = /request: "\S+ ([^\n]*?%0a[^\n]*)/gi;
/** A shorter piece of a path says nothing about a line. */
const TELLING_CHARS = 16;

const head = new ErrorHead();

function lineEnd(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from);
  return newline < 0 ? bytes.length : newline;
}

function hasHead(bytes: Buffer, from: number, end: number): boolean {
  head.locate(bytes, from, end);
  return head.origin === 'nginx';
}

function hasOddQuotes(bytes: Buffer, from: number, end: number): boolean {
  let odd = false;
  for (let at = from; at < end; at++) if (bytes[at] === QUOTE) odd = !odd;
  return odd;
}

/** Ends inside quotes. A quotation mark in a request makes them odd too, but then the line ends with one. */
export function isOpen(bytes: Buffer, from: number, end: number): boolean {
  return end - from < CUT_FROM_BYTES && bytes[end - 1] !== QUOTE && hasOddQuotes(bytes, from, end);
}

/**
 * Where the entry ends that begins at `from` and whose first line, up to `end`, is left open. `end` when no later line
 * closes it: then somebody cut that line, and separate entries follow.
 */
function entryEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = end + 1; at < Math.min(bytes.length, from + ENTRY_BYTES); ) {
    const next = lineEnd(bytes, at);
    if (next + 1 === from + ENTRY_BYTES) return next;
    // By its context too: with one more mark in its path a client would hide the lines that follow.
    const closes = hasOddQuotes(bytes, at, next) || bytes.subarray(at, next).includes(CONTEXT);
    if (closes && !hasHead(bytes, at, next)) return next < from + ENTRY_BYTES ? next : end;
    at = next + 1;
  }
  return end;
}

/** Whether the line at `start` is part of an entry that a line before it began. `first` is where a line starts. */
export function isInsideEntry(bytes: Buffer, first: number, start: number): boolean {
  let insideUntil = 0;
  for (let at = first; at < start; ) {
    const end = lineEnd(bytes, at);
    if (at >= insideUntil && isOpen(bytes, at, end)) {
      const mayBegin = hasHead(bytes, at, end) || !hasHead(bytes, start, lineEnd(bytes, start));
      if (mayBegin) insideUntil = entryEnd(bytes, at, end);
    }
    at = end + 1;
  }
  return start < insideUntil;
}

/** The lines that a request's path makes of an entry that holds it; of one that is cut off, those that are whole. */
function linesOf(target: string): { readonly first: string; readonly others: readonly string[] } {
  const end = target.search(/ HTTP\/\d/);
  const path = target
    .slice(0, end < 0 ? target.length : end)
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const [first = '', ...others] = mergedSlashes(path).split('\n');
  return { first, others: end < 0 ? others.slice(0, -1) : others };
}

/** As nginx writes a path, but not a request. */
function mergedSlashes(text: string): string {
  return text.replaceAll(/\/+/g, '/');
}

/** Whether a path with a line break in it is where this line comes from, or its end after a quotation mark. */
function comesFrom(target: string, line: string): boolean {
  const { first, others } = linesOf(target);
  if (first.includes('"') && first.length >= TELLING_CHARS && line.endsWith(first)) return true;
  return others.some((piece) => piece.length >= TELLING_CHARS && line.startsWith(piece));
}

/**
 * Whether a request in the same entry has this very line in its path: that is proof, also where the client closed the
 * quotation before its line break.
 */
export function isOfRequest(bytes: Buffer, start: number): boolean {
  const from = Math.max(0, start - ENTRY_BYTES);
  // Nearly always so, and cheap to see.
  if (bytes.indexOf('%0a', from) < 0 && bytes.indexOf('%0A', from) < 0) return false;
  const line = mergedSlashes(bytes.toString('latin1', start, start + ENTRY_BYTES).replace(/\n.*/s, ''));
  const around = bytes.toString('latin1', from, start + ENTRY_BYTES);
  for (const [, target = ''] of around.matchAll(BROKEN_REQUEST)) if (comesFrom(target, line)) return true;
  return false;
}
