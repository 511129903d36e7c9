/**
 * Entries whose message is an application's or a client's text as it came, line breaks included: what FastCGI wrote to
 * stderr, what Lua, njs and Perl log, the user name of basic authentication. Everything up to nginx's own `, client: `
 * belongs to such an entry, whatever looks like an entry in it. The text can imitate that end, and after it the beginning
 * of another entry. Then only the last possible end is certain, and the lines before it are doubtful.
 */
import { ErrorHead } from '../nginx/error-head.ts';

/**
 * `own`: nginx wrote the line as an entry. `quoted`: it is part of another entry. `doubtful`: it may be.
 */
export type Standing = 'own' | 'doubtful' | 'quoted';

const NEWLINE = 10;
const SPACE = 32;
const HASH = 35;
const STAR = 42;
const ZERO = 48;
const NINE = 57;
const NOWHERE = -1;

/** `, client: ` ends every message about a request (ngx_http_log_error), `, context: ` one of a Lua timer. */
const CONTEXTS = [Buffer.from(', client: '), Buffer.from(', context: ')];

/** How a raw message begins, and what nginx writes right after the text. */
interface RawKind {
  readonly begins: Buffer;
  readonly ends: readonly Buffer[];
}

function rawKind(begins: string, ...ends: readonly string[]): RawKind {
  return { begins: Buffer.from(begins), ends: ends.length === 0 ? CONTEXTS : ends.map((end) => Buffer.from(end)) };
}

const STDERR = rawKind('FastCGI sent in stderr: "', '" while ', '", client: ');
/** ngx_http_fastcgi_module, ngx_http_auth_basic_module, ngx_http_lua_module, njs, ngx_http_perl_module. */
const RAW_KINDS: readonly RawKind[] = [
  STDERR,
  rawKind('user "', '" was not found in "', '": password mismatch'),
  rawKind('[lua] '),
  rawKind('lua entry thread aborted: '),
  rawKind('lua user thread aborted: '),
  rawKind('lua coroutine: '),
  rawKind('failed to run '),
  rawKind('js: '),
  rawKind('js exception: '),
  rawKind('perl: '),
];

export const RAW_BEGINNINGS: readonly Buffer[] = RAW_KINDS.map(({ begins }) => begins);
const RAW_BY_FIRST_BYTE = Array.from({ length: 256 }, (_, byte) =>
  RAW_KINDS.filter(({ begins }) => begins[0] === byte),
);

/** NGX_MAX_ERROR_STR, and what OpenResty makes of it: no entry is longer, its newline included. */
const ENTRY_LIMITS = [2048, 4096];
const MOST_BYTES = 4096;
/** Each line of an entry may follow a prefix of a shipper. */
const MOST_PREFIXED_BYTES = 64 * 1024;
/** This many bytes before a line, and half of them after it, decide about it. */
export const MOST_BYTES_BEFORE = 2 * MOST_PREFIXED_BYTES;

interface Entry {
  readonly start: number;
  /** End of its first line. */
  readonly firstEnd: number;
  readonly messageAt: number;
  readonly kind: RawKind;
  /** No entry of this kind that begins here ends later. */
  readonly limit: number;
}

export interface RawTextOptions {
  /** How far an entry reaches (`reachIn`). */
  readonly reach: number;
  /** The bytes begin where an entry does. */
  readonly begins: boolean;
  /** Nothing follows them. */
  readonly isLast: boolean;
  /** Processes that wrote entries which are not doubtful. A client that imitates an entry does not know them. */
  readonly pids: ReadonlySet<number>;
  /** Messages that are not raw are watched for their limit, too. */
  readonly watchesCuts: boolean;
}

/** Lines of one buffer, read once each and in their order as far as somebody asks. */
export class RawText {
  readonly #bytes: Buffer;
  readonly #reach: number;
  readonly #begins: boolean;
  readonly #isLast: boolean;
  readonly #pids: ReadonlySet<number>;
  readonly #watchesCuts: boolean;
  readonly #head = new ErrorHead();
  /** Where the next line starts that was not read yet. */
  #at = 0;
  /** Lines before this place may be the rest of an entry that began where nothing was read. */
  #certainFrom = 0;
  #quotedUntil = 0;
  #doubtfulUntil = 0;

  constructor(bytes: Buffer, { reach, begins, isLast, pids, watchesCuts }: RawTextOptions) {
    this.#bytes = bytes;
    this.#reach = reach;
    this.#isLast = isLast;
    this.#pids = pids;
    this.#watchesCuts = watchesCuts;
    this.#begins = begins;
    this.#restart(0, false);
  }

  /** `start` is where a line starts. */
  standing(start: number): Standing {
    const from = Math.max(0, start - 2 * this.#reach);
    if (start < this.#at || this.#at < from) this.#restart(from, false);
    while (this.#at < start) this.#readLine();
    if (start < this.#quotedUntil) return 'quoted';
    if (start >= this.#doubtfulUntil) return 'own';
    if (!this.#pids.has(pidIn(this.#bytes, start, lineEnd(this.#bytes, start)))) return 'doubtful';
    this.#doubtfulUntil = start;
    return 'own';
  }

  /** Where the raw text ends that was last met: the lines before it begin nothing else. */
  get end(): number {
    return Math.max(this.#quotedUntil, this.#doubtfulUntil);
  }

  /** An entry begins at `start`: nothing before it matters to what follows. */
  beginAt(start: number): void {
    if (start > this.#at) this.#restart(start, true);
  }

  #restart(from: number, isBeginning: boolean): void {
    const isStart = isBeginning || (from === 0 && this.#begins);
    this.#at = isStart || from === 0 ? from : lineEnd(this.#bytes, from - 1) + 1;
    this.#certainFrom = isStart ? from : from + this.#reach;
    this.#quotedUntil = 0;
    this.#doubtfulUntil = 0;
  }

  #readLine(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const firstEnd = lineEnd(bytes, start);
    this.#at = firstEnd + 1;
    if (start < this.#quotedUntil) return;
    const head = this.#head;
    head.locate(bytes, start, firstEnd);
    if (head.origin !== 'nginx') return;
    const { messageAt, headAt, timestampAt } = head;
    // A known process begins a separate entry: the previous one has ended.
    if (start < this.#doubtfulUntil && this.#pids.has(pidOf(bytes, head))) this.#doubtfulUntil = start;
    const kind = rawKindAt(bytes, headAt, messageAt);
    if (kind === null) {
      // The path or a field of any message about a request may hold line breaks; its end shows unless nginx cut it off.
      if (this.#watchesCuts) this.#doubt(Math.max(0, ...this.#cutsOf(start, firstEnd)));
      return;
    }
    const isPrefixed = (timestampAt < 0 ? headAt : timestampAt) > start;
    const limit = start + (isPrefixed ? MOST_PREFIXED_BYTES : MOST_BYTES);
    this.#readRaw({ start, firstEnd, messageAt, kind, limit });
  }

  #readRaw(entry: Entry): void {
    const { start, firstEnd, limit } = entry;
    const isDoubtful = start < this.#doubtfulUntil;
    const isClosed = this.#endsAlone(entry);
    const cuts = this.#cutsOf(start, firstEnd);
    const last = Math.max(this.#lastEnd(entry), ...cuts);
    // What an imitated beginning would hide is not hidden by it.
    if (!isClosed && !isDoubtful && start >= this.#certainFrom) {
      const ends = [this.#firstEnd(entry, last), ...cuts].filter((end) => end !== NOWHERE);
      this.#quotedUntil = Math.min(last, ...ends);
    }
    const isOpen = !isClosed && last === NOWHERE;
    const goesOn = !this.#isLast && limit > this.#bytes.length;
    this.#doubt(isOpen || goesOn ? limit : last);
  }

  /** nginx cuts an entry at its limit: the line after the first one that ends right there. */
  #cutsOf(start: number, firstEnd: number): readonly number[] {
    const ends = ENTRY_LIMITS.map((bytes) => start + bytes);
    return ends.filter((end) => end > firstEnd + 1 && this.#bytes[end - 1] === NEWLINE);
  }

  #doubt(until: number): void {
    this.#doubtfulUntil = Math.max(this.#doubtfulUntil, until);
  }

  /** Its first line may be all of it: nginx's own end is there, or its limit. */
  #endsAlone(entry: Entry): boolean {
    const { start, messageAt, firstEnd } = entry;
    return ENTRY_LIMITS.includes(firstEnd + 1 - start) || this.#ends(entry, messageAt, firstEnd);
  }

  /** Whether the entry may end with the line, or the part of a line, that ends at `end`. */
  #ends({ kind }: Entry, from: number, end: number): boolean {
    const line = this.#bytes.subarray(from, end);
    return kind.ends.some((mark) => isEnd(line, line.indexOf(mark)));
  }

  /** The offset after the last line that may end the entry, the first one left out. */
  #lastEnd({ firstEnd, limit, kind }: Entry): number {
    const from = firstEnd + 1;
    const lines = this.#bytes.subarray(from, limit);
    let last = NOWHERE;
    for (const mark of kind.ends) {
      for (let at = lines.lastIndexOf(mark); at > last; at = at === 0 ? NOWHERE : lines.lastIndexOf(mark, at - 1)) {
        const end = lines.indexOf(NEWLINE, at);
        if (end >= 0 && isEnd(lines.subarray(at, end), 0)) last = end;
      }
    }
    return last === NOWHERE ? NOWHERE : from + last + 1;
  }

  /** The offset after the first of those lines. */
  #firstEnd(entry: Entry, last: number): number {
    for (let at = entry.firstEnd + 1; at < last; ) {
      const end = lineEnd(this.#bytes, at);
      if (this.#ends(entry, at, end)) return end + 1;
      at = end + 1;
    }
    return NOWHERE;
  }
}

/** How far an entry can reach in a log that begins like this. */
export function reachIn(bytes: Uint8Array): number {
  // The beginning of a time stamp, by two of its marks: no prefix.
  return bytes[4] === 47 && bytes[19] === SPACE ? MOST_BYTES : MOST_PREFIXED_BYTES;
}

function lineEnd(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from);
  return newline < 0 ? bytes.length : newline;
}

/** Whether the end of an entry at `at` in the line goes on with what it is about. */
function isEnd(line: Buffer, at: number): boolean {
  return at >= 0 && CONTEXTS.some((context) => line.includes(context, at));
}

const lineHead = new ErrorHead();

/** The process that the line names in nginx's own head; 0 for none. */
export function pidIn(bytes: Buffer, start: number, end: number): number {
  lineHead.locate(bytes, start, end);
  return lineHead.origin === 'nginx' ? pidOf(bytes, lineHead) : 0;
}

function pidOf(bytes: Buffer, { headAt, messageAt }: ErrorHead): number {
  let pid = 0;
  for (let at = headAt; at < messageAt; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === HASH) return pid;
    pid = byte >= ZERO && byte <= NINE ? pid * 10 + byte - ZERO : 0;
  }
  return 0;
}

/** What scripts log while no request is served (`init_by_lua`) holds no text of a client, has no `*connection` and no end. */
function rawKindAt(bytes: Buffer, headAt: number, messageAt: number): RawKind | null {
  const kind = RAW_BY_FIRST_BYTE[bytes[messageAt] ?? 0]?.find(({ begins }) => startsWith(bytes, messageAt, begins));
  if (kind === undefined || kind === STDERR) return kind ?? null;
  for (let at = headAt; at < messageAt; at++) if (bytes[at] === STAR) return kind;
  return null;
}

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
