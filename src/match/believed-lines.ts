/**
 * The matching lines of a log without those that are part of another entry (quotation.ts, raw-text.ts). Where the lines
 * around a match look like whole entries, little more is checked. A match where raw text may have put it is
 * handed on as doubtful: whether its process exists decides about it. To find all doubtful ones every line near a match is
 * read; without that, only those near a match that holds raw text itself, which is what FastCGI writes.
 */
import type { OnMatch } from './line-scanner.ts';
import type { Matcher } from './matcher.ts';
import { ENTRY_BYTES, isInsideEntry, isOfRequest, isOpen } from './quotation.ts';
import { MOST_BYTES_BEFORE, pidIn, RAW_BEGINNINGS, RawText, reachIn, type Standing } from './raw-text.ts';

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const PERCENT = 37;
const COMMA = 44;
const SLASH = 47;
const ZERO = 48;
const COLON = 58;
const LETTER_C = 99;
/** No place in a block, and not the end of the block before either. */
const NOWHERE = -2;
const NOTHING: Buffer = Buffer.alloc(0);
/** Processes that an nginx may have had in one log. */
const MOST_PIDS = 4096;
/** An entry, and one byte to see that a line starts there. */
const AROUND_BYTES = ENTRY_BYTES + 1;
/** Of the block before. */
const KEPT_BYTES = MOST_BYTES_BEFORE + 1;

/** As OnMatch. `isDoubtful`: the line may be text that somebody had nginx log. */
export type OnBelieved = (pattern: number, start: number, end: number, isDoubtful: boolean) => void;

export interface Following {
  /** These lines follow right after those of the last scan. */
  readonly continues: boolean;
  /** Nothing follows them: the log ends here. */
  readonly isLast?: boolean;
}

export interface BelievedLines {
  /** As Matcher.scan. */
  scan(bytes: Uint8Array, following: Following, onMatch: OnBelieved): void;
}

/** Of one log: remembers the end of each block for the next one. */
export function createBelievedLines(matcher: Matcher, findsAllDoubtful = false): BelievedLines {
  const log = new BelievedLog(matcher, findsAllDoubtful);
  return { scan: (bytes, following, onMatch) => log.scan(bytes, following, onMatch) };
}

class BelievedLog {
  readonly #matcher: Matcher;
  readonly #findsAllDoubtful: boolean;
  /** Processes that wrote separate entries. */
  readonly #pids = new Set<number>();
  readonly #kept = Buffer.allocUnsafe(KEPT_BYTES);
  /** Of each pattern whether its lines may be raw text: 0 not known yet, 1 no, 2 yes. */
  readonly #rawness: Uint8Array;
  #block = NOTHING;
  /** The end of the block before, if this one follows it: the beginning of `kept`. */
  #before = NOTHING;
  #reach = 0;
  #isLast = false;
  #tell: OnBelieved = () => {};
  // The last line believed: in a flood the next one follows it at once.
  #lastStart = -1;
  #lastEnd = -1;
  #lastPattern = -1;
  /** Where the last line ended that is not believed. */
  #forgedEnd = -1;
  /** The first quotation mark at or after the place it was last looked for; the same of an encoded line break. */
  #nextQuote = -1;
  #nextBreak = -1;
  /** As far as the raw text of a match may reach. */
  #rawUntil = 0;
  /** Of this block, and of its beginning with the end of the block before. */
  #inside: RawText | null = null;
  #across: RawText | null = null;

  constructor(matcher: Matcher, findsAllDoubtful: boolean) {
    this.#matcher = matcher;
    this.#findsAllDoubtful = findsAllDoubtful;
    this.#rawness = new Uint8Array(matcher.catalogue.patterns.length);
  }

  scan(bytes: Uint8Array, { continues, isLast = false }: Following, onMatch: OnBelieved): void {
    if (!continues) {
      this.#before = NOTHING;
      this.#rawUntil = 0;
      this.#pids.clear();
    }
    this.#block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#reach = reachIn(bytes);
    this.#isLast = isLast;
    this.#tell = onMatch;
    [this.#lastEnd, this.#forgedEnd] = [NOWHERE, NOWHERE];
    [this.#nextQuote, this.#nextBreak] = [NOWHERE, NOWHERE];
    [this.#inside, this.#across] = [null, null];
    this.#matcher.scan(this.#block, this.#take);
    this.#rawUntil -= this.#block.length;
    this.#keepEnd();
  }

  // One function for all scans: a new one each time would not be inlined.
  readonly #take: OnMatch = (pattern, start, end) => {
    const standing = this.#standingOf(start, end);
    if (standing === 'quoted') {
      this.#forgedEnd = end;
      return;
    }
    if (standing === 'own') [this.#lastStart, this.#lastEnd, this.#lastPattern] = [start, end, pattern];
    if (this.#mayBeRaw(pattern)) this.#expectText(start, standing);
    this.#tell(pattern, start, end, standing === 'doubtful');
  };

  #standingOf(start: number, end: number): Standing {
    const isAfterOwn = this.#isAfterOwn(start);
    let settled = start - KEPT_BYTES;
    if (!isAfterOwn && (start < this.#rawUntil || this.#findsAllDoubtful)) {
      const { text, offset } = this.#textAt(start);
      const standing = text.standing(offset + start);
      if (standing !== 'own') return standing;
      settled = text.end - offset;
    }
    const standing = this.#standingByQuotes(start, end, settled);
    if (standing === 'own' && (!isAfterOwn || this.#findsAllDoubtful)) this.#learn(start, end);
    return standing;
  }

  #learn(start: number, end: number): void {
    const pid = pidIn(this.#block, start, end);
    if (pid === 0) return;
    if (this.#pids.size >= MOST_PIDS) this.#pids.clear();
    this.#pids.add(pid);
  }

  /** The line holds raw text: what follows may be part of it. */
  #expectText(start: number, standing: Standing): void {
    if (standing === 'own' && !this.#findsAllDoubtful) {
      const { text, offset } = this.#textAt(start);
      text.beginAt(offset + start);
    }
    this.#rawUntil = start + this.#reach;
  }

  /** The line before is a whole entry, and none that holds raw text. */
  #isAfterOwn(start: number): boolean {
    return start - 1 === this.#lastEnd && !this.#isLastOpen() && !this.#mayBeRaw(this.#lastPattern);
  }

  #mayBeRaw(pattern: number): boolean {
    if (this.#rawness[pattern] === 0) {
      const isRaw = RAW_BEGINNINGS.some((text) => this.#matcher.mayBegin(pattern, text));
      this.#rawness[pattern] = isRaw ? 2 : 1;
    }
    return this.#rawness[pattern] === 2;
  }

  /** The text that decides about the line at `start`, and where this block begins in it. */
  #textAt(start: number): { readonly text: RawText; readonly offset: number } {
    const [block, before, reach] = [this.#block, this.#before, this.#reach];
    const begins = before.length === 0;
    const options = { reach, begins, pids: this.#pids, watchesCuts: this.#findsAllDoubtful };
    if (start >= 2 * reach || begins) {
      this.#inside ??= new RawText(block, { ...options, isLast: this.#isLast });
      return { text: this.#inside, offset: 0 };
    }
    const kept = before.subarray(-2 * reach);
    if (this.#across === null) {
      const isLast = this.#isLast && block.length <= 3 * reach;
      const bytes = Buffer.concat([kept, block.subarray(0, 3 * reach)]);
      this.#across = new RawText(bytes, { ...options, isLast });
    }
    return { text: this.#across, offset: kept.length };
  }

  /** What quotation marks and requests tell. Lines before `settled` begin nothing that holds others. */
  #standingByQuotes(start: number, end: number, settled: number): Standing {
    const isWhole = this.#isBehindWhole(start) && this.#isBeforeWhole(end + 1);
    if (isWhole && !this.#isBreakNear(start)) return 'own';
    const [block, before] = [this.#block, this.#before];
    const missing = Math.min(before.length, Math.max(0, AROUND_BYTES - start));
    const from = Math.max(0, start - AROUND_BYTES);
    const around = block.subarray(from, Math.min(end, start + ENTRY_BYTES) + ENTRY_BYTES);
    const window = missing === 0 ? around : Buffer.concat([before.subarray(-missing), around]);
    const at = missing + start - from;
    const first = at < AROUND_BYTES ? 0 : window.indexOf(NEWLINE) + 1;
    const isInside = !isWhole && isInsideEntry(window, Math.max(first, at - start + settled), at);
    return isInside || isOfRequest(window, at) ? 'quoted' : 'own';
  }

  #isBehindWhole(start: number): boolean {
    const block = this.#block;
    if (start < 2) return start === 0 && this.#before.length === 0;
    if (start - 1 === this.#forgedEnd) return false;
    const isQuoted = block[start - 2] === QUOTE;
    if (start - 1 === this.#lastEnd) return isQuoted || !this.#isLastOpen();
    return isQuoted && isField(block, start - 2);
  }

  #isLastOpen(): boolean {
    if (this.#nextQuote < this.#lastStart) this.#nextQuote = this.#next(QUOTE, this.#lastStart);
    return this.#nextQuote < this.#lastEnd && isOpen(this.#block, this.#lastStart, this.#lastEnd);
  }

  /** A request that broke a line is in the same entry, or at its end. */
  #isBreakNear(start: number): boolean {
    const from = Math.max(0, start - ENTRY_BYTES);
    if (this.#nextBreak < from) this.#nextBreak = this.#breakFrom(from);
    return this.#nextBreak < start + ENTRY_BYTES && this.#nextBreak < this.#block.length;
  }

  /** The next `%0`, or the end of the block. */
  #breakFrom(from: number): number {
    for (let at = this.#next(PERCENT, from); ; at = this.#next(PERCENT, at + 1))
      if (at >= this.#block.length || this.#block[at + 1] === ZERO) return at;
  }

  #next(byte: number, from: number): number {
    const found = this.#block.indexOf(byte, from);
    return found < 0 ? this.#block.length : found;
  }

  #isBeforeWhole(next: number): boolean {
    const block = this.#block;
    // The beginning of a time stamp, by two of its marks.
    const isStamped = block[next + 4] === SLASH && block[next + 19] === SPACE;
    return isStamped || next >= block.length || !hasContext(block, next);
  }

  #keepEnd(): void {
    const [block, before] = [this.#block, this.#before];
    const fresh = Math.min(block.length, KEPT_BYTES);
    const old = Math.min(before.length, KEPT_BYTES - fresh);
    this.#kept.copyWithin(0, before.length - old, before.length);
    block.copy(this.#kept, old, block.length - fresh);
    this.#before = this.#kept.subarray(0, old + fresh);
  }
}

/** Whether the quotation that ends at `quote` is a field's, as in `host: "a"`, and no path's. */
function isField(bytes: Uint8Array, quote: number): boolean {
  let at = quote - 1;
  while (at > 1 && bytes[at] !== QUOTE && bytes[at] !== NEWLINE) at--;
  return bytes[at] === QUOTE && bytes[at - 1] === SPACE && bytes[at - 2] === COLON;
}

/** Whether the line at `from` ends like that of a request: `, client: `, by the letters that are looked at first. */
function hasContext(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length && bytes[at] !== NEWLINE; at++)
    if (bytes[at] === COMMA && bytes[at + 1] === SPACE && bytes[at + 2] === LETTER_C && bytes[at + 8] === COLON)
      return true;
  return false;
}
