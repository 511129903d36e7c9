/**
 * Finds the start of the message in an error-log line, on raw bytes: after the prefix of a shipper, syslog, docker or
 * kubectl, the time stamp, `[level]`, `pid#tid:` and `*connection`. Text of a client (request, host, referrer, user agent,
 * path) always follows the head, so only the first head counts, and only when the text before it cannot hold a client's
 * words.
 */
import { LOG_LEVELS } from '../core/signal.ts';

/**
 * `nginx`: a head was found. `system`: words about nginx by the kernel (dmesg or syslog), systemd or a Kubernetes
 * controller (klog). `bare`: none of these; the message is the line.
 */
export type LineOrigin = 'nginx' | 'system' | 'bare';

/** A shipper's prefix longer than this is no prefix. */
const MAX_PREFIX = 256;
const TIMESTAMP_LENGTH = '2026/01/01 00:00:00 '.length;
const encoder = new TextEncoder();
const LEVELS = LOG_LEVELS.map((level) => encoder.encode(`[${level}] `));
const KERNEL = encoder.encode('kernel: ');
const SYSTEMD = encoder.encode('systemd[');
const GO_FILE = encoder.encode('.go:');
const JSON_LOG = encoder.encode('{"log":"');
/** RFC 5424 as syslog daemons write it: the only prefix that may hold ` - ` (access lines have a client's word there). */
const RFC5424 = /^(?:<\d{1,3}>)?(?:1 )?\d{4}-\d\d-\d\dT\S+ \S+ [A-Za-z]\S* (?:\d+|-) (?:[A-Za-z]\S*|-) (?:-|\[.*\]) ?$/;

const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const STAR = 42;
const DASH = 45;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const DOT = 46;
const LETTER_K = 107;
const LETTER_S = 115;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

function startsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Second and third byte of `[level] ` → index of the level: no two levels share them. */
const LEVEL_BY_LETTERS = new Int8Array(1 << 16).fill(-1);
for (const [level, word] of LEVELS.entries()) LEVEL_BY_LETTERS[((word[1] ?? 0) << 8) | (word[2] ?? 0)] = level;

/** Index of the level in `[level] `, or -1. */
function levelAt(bytes: Uint8Array, at: number): number {
  const level = LEVEL_BY_LETTERS[((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)] ?? -1;
  const word = LEVELS[level];
  return word !== undefined && startsAt(bytes, at, word) ? level : -1;
}

/** The offset after `123#123: `, or -1. */
function afterPid(bytes: Uint8Array, from: number): number {
  const hash = afterDigits(bytes, from);
  if (hash === from || bytes[hash] !== HASH) return -1;
  const colon = afterDigits(bytes, hash + 1);
  return colon > hash + 1 && bytes[colon] === COLON && bytes[colon + 1] === SPACE ? colon + 2 : -1;
}

/** The offset after `*123 `, or `from` without one. */
function afterConnection(bytes: Uint8Array, from: number): number {
  const space = afterDigits(bytes, from + 1);
  return space > from + 1 && bytes[space] === SPACE ? space + 1 : from;
}

function afterDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) at++;
  return at;
}

/** `YYYY/MM/DD HH:MM:SS ` by its punctuation; the digits are checked when somebody wants the time. */
function isTimestamp(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 4] === 47 &&
    bytes[at + 7] === 47 &&
    bytes[at + 10] === SPACE &&
    bytes[at + 13] === COLON &&
    bytes[at + 16] === COLON &&
    bytes[at + 19] === SPACE &&
    isDigit(bytes[at]) &&
    isDigit(bytes[at + 18])
  );
}

/** Reused for every line: `locate` overwrites all fields. */
export class ErrorHead {
  origin: LineOrigin = 'bare';
  /** Offset of the message's first byte. */
  messageAt = 0;
  /** Offset of `[level]`, or of the pid when there is no level; equals `messageAt` when there is neither. */
  headAt = 0;
  /** Offset of `YYYY/MM/DD HH:MM:SS`, or -1. */
  timestampAt = -1;
  /** Index into LOG_LEVELS; -1 when the line names no level. */
  level = -1;

  /** Looks at the line `bytes[start, end)`, without its newline. */
  locate(bytes: Uint8Array, start: number, end: number): void {
    this.timestampAt = -1;
    this.level = -1;
    this.origin = 'nginx';
    let at = start;
    if (end - start >= TIMESTAMP_LENGTH && isTimestamp(bytes, start)) {
      this.timestampAt = start;
      at = start + TIMESTAMP_LENGTH;
    }
    if (this.#head(bytes, at, end)) return;
    if (at === start && this.#afterPrefix(bytes, start, end)) return;
    while (bytes[at] === SPACE && at < end) at++;
    this.origin = 'bare';
    this.headAt = at;
    this.messageAt = at;
  }

  /** `[level] `, `pid#tid: `, `*connection `, `[function:line] `: at least one of the first three. */
  #head(bytes: Uint8Array, from: number, end: number): boolean {
    const level = bytes[from] === OPEN ? levelAt(bytes, from) : -1;
    let at = level < 0 ? from : from + (LEVELS[level]?.length ?? 0);
    const pidEnd = afterPid(bytes, at);
    if (pidEnd >= 0) at = pidEnd;
    if (bytes[at] === STAR) at = afterConnection(bytes, at);
    if (at === from) return false;
    if (bytes[at] === OPEN) at = this.#place(bytes, at, end);
    if (at > end) return false;
    this.headAt = from;
    this.messageAt = at;
    this.level = level;
    return true;
  }

  /** Behind a fork's `[function:line] `; unmoved when it is something else, such as `[lua] `. */
  #place(bytes: Uint8Array, from: number, end: number): number {
    let at = from + 1;
    while (at < end && bytes[at] !== COLON && bytes[at] !== CLOSE && bytes[at] !== SPACE) at++;
    if (bytes[at] !== COLON || !isDigit(bytes[at + 1])) return from;
    at++;
    while (isDigit(bytes[at])) at++;
    return bytes[at] === CLOSE && bytes[at + 1] === SPACE ? at + 2 : from;
  }

  #afterPrefix(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] === OPEN && this.#dmesg(bytes, start, end)) return true;
    const limit = Math.min(end, start + MAX_PREFIX);
    let at = startsAt(bytes, start, JSON_LOG) ? start + JSON_LOG.length : start;
    let dashed = false;
    for (; at < limit; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) return false;
      if (byte === DASH && bytes[at - 1] === SPACE && bytes[at + 1] === SPACE) dashed = true;
      if (byte === OPEN && this.#headBehind(bytes, start, at, end, dashed)) return true;
      if (byte === HASH && isDigit(bytes[at - 1])) {
        let pid = at;
        while (pid > start && isDigit(bytes[pid - 1])) pid--;
        if (this.#headBehind(bytes, start, pid, end, dashed)) return true;
      }
      if (!dashed && this.#systemAt(bytes, byte, at)) return true;
    }
    return false;
  }

  #headBehind(bytes: Uint8Array, start: number, at: number, end: number, dashed: boolean): boolean {
    if (!this.#head(bytes, at, end)) return false;
    const stamped = at - TIMESTAMP_LENGTH;
    if (stamped >= start && isTimestamp(bytes, stamped)) this.timestampAt = stamped;
    const prefixEnd = this.timestampAt < 0 ? at : stamped;
    return !dashed || RFC5424.test(String.fromCharCode(...bytes.subarray(start, prefixEnd)));
  }

  /** `[12345.678901] message`, `[Tue Jul  6 15:03:34 2026] message`. */
  #dmesg(bytes: Uint8Array, start: number, end: number): boolean {
    const limit = Math.min(end - 1, start + 32);
    for (let at = start + 1; at < limit; at++) {
      if (bytes[at] === CLOSE) return bytes[at + 1] === SPACE && isDigit(bytes[at - 1]) && this.#system(bytes, start);
      if (bytes[at] === OPEN) return false;
    }
    return false;
  }

  /** The offset after `kernel: `, `systemd[1]: ` or klog's `controller.go:469] `. */
  #systemAt(bytes: Uint8Array, byte: number | undefined, at: number): boolean {
    if (byte === LETTER_K && startsAt(bytes, at, KERNEL)) return this.#system(bytes, at + KERNEL.length);
    const words = byte === LETTER_S ? SYSTEMD : byte === DOT ? GO_FILE : null;
    if (words === null || !startsAt(bytes, at, words)) return false;
    const close = afterDigits(bytes, at + words.length);
    if (bytes[close] !== CLOSE) return false;
    const from = words === SYSTEMD ? close + 3 : close + 2;
    return bytes[from - 1] === SPACE && this.#system(bytes, from);
  }

  #system(bytes: Uint8Array, from: number): boolean {
    let at = from;
    if (bytes[at] === OPEN) {
      while (bytes[at] !== CLOSE && at < from + 32) at++;
      at += 2;
    }
    this.origin = 'system';
    this.headAt = at;
    this.messageAt = at;
    return true;
  }
}
