/**
 * The matching lines of a log without those that somebody else wrote into a quotation of nginx's (quotation.ts). Where
 * the lines around a match are whole entries by the look of it, nothing more is asked. A client that imitates whole
 * entries before and behind its line is not noticed, nor one whose entry goes on in the next block; it still does not
 * know the pid.
 */
import type { Matcher, OnMatch } from './matcher.ts';
import { ENTRY_BYTES, isInsideEntry, isOfRequest, isOpen } from './quotation.ts';

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const SLASH = 47;
const COLON = 58;
const LETTER_C = 99;
const NOTHING: Buffer = Buffer.alloc(0);
/** An entry, and one byte to see that a line starts there. */
const KEPT_BYTES = ENTRY_BYTES + 1;

export interface BelievedLines {
  /** As Matcher.scan. `continues`: these lines stand right behind those of the last scan. */
  scan(bytes: Uint8Array, continues: boolean, onMatch: OnMatch): void;
}

/** Of one log: remembers the end of each block for the next one. */
export function createBelievedLines(matcher: Matcher): BelievedLines {
  let block = NOTHING;
  /** The end of the block before, if this one follows it: the beginning of `kept`. */
  let before = NOTHING;
  const kept = Buffer.allocUnsafe(KEPT_BYTES);
  let tell: OnMatch = () => {};
  // The last line believed: in a flood the next one stands right behind it.
  let lastStart = -1;
  let lastEnd = -1;
  /** Where the last line ended that was not believed. */
  let forgedEnd = -1;
  /** The first quotation mark at or behind the place it was last looked for. */
  let nextQuote = -1;

  function isOwn(start: number, end: number): boolean {
    const missing = Math.min(before.length, Math.max(0, KEPT_BYTES - start));
    const from = Math.max(0, start - KEPT_BYTES);
    const around = block.subarray(from, Math.min(end, start + ENTRY_BYTES) + ENTRY_BYTES);
    const window = missing === 0 ? around : Buffer.concat([before.subarray(-missing), around]);
    const at = missing + start - from;
    const first = at < KEPT_BYTES ? 0 : window.indexOf(NEWLINE) + 1;
    return !isInsideEntry(window, first, at) && !isOfRequest(window, at);
  }

  function isBehindWhole(start: number): boolean {
    if (start < 2) return start === 0 && before.length === 0;
    if (start - 1 === forgedEnd) return false;
    const isQuoted = block[start - 2] === QUOTE;
    if (start - 1 === lastEnd) return isQuoted || !isLastOpen();
    return isQuoted && isField(block, start - 2);
  }

  function quoteFrom(start: number): number {
    const found = block.indexOf(QUOTE, start);
    return found < 0 ? block.length : found;
  }

  function isLastOpen(): boolean {
    if (nextQuote < lastStart) nextQuote = quoteFrom(lastStart);
    return nextQuote < lastEnd && isOpen(block, lastStart, lastEnd);
  }

  function isBeforeWhole(next: number): boolean {
    // The beginning of a time stamp, by two of its marks.
    const isStamped = block[next + 4] === SLASH && block[next + 19] === SPACE;
    return isStamped || next >= block.length || !hasContext(block, next);
  }

  // One function for all scans: a new one each time would not be inlined.
  const take: OnMatch = (pattern, start, end) => {
    if (!(isBehindWhole(start) && isBeforeWhole(end + 1)) && !isOwn(start, end)) {
      forgedEnd = end;
      return;
    }
    lastStart = start;
    lastEnd = end;
    tell(pattern, start, end);
  };

  function keepEnd(): void {
    const fresh = Math.min(block.length, KEPT_BYTES);
    const old = Math.min(before.length, KEPT_BYTES - fresh);
    kept.copyWithin(0, before.length - old, before.length);
    block.copy(kept, old, block.length - fresh);
    before = kept.subarray(0, old + fresh);
  }

  return {
    scan(bytes, continues, onMatch) {
      if (!continues) before = NOTHING;
      block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      tell = onMatch;
      [lastEnd, forgedEnd, nextQuote] = [-1, -1, -1];
      matcher.scan(block, take);
      keepEnd();
    },
  };
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
