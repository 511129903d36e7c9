/** Cuts the pieces of a /proc file (see Host.scan) into lines, in one reused buffer without allocation. */

const NEWLINE = 0x0a;
/** A piece is a page at most, and what is left of the one before is less than a line. */
const FIRST_BYTES = 8192;

/** `onLine` gets the bounds of a line without its newline, valid during the call; it answers false to stop. */
export function createLineReader(
  onLine: (bytes: Buffer, start: number, end: number) => boolean,
): (piece: Buffer) => boolean {
  let held = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  return (piece) => {
    if (length + piece.length > held.length) held = Buffer.concat([held], 2 * (length + piece.length));
    length += piece.copy(held, length);
    let start = 0;
    for (let end = held.indexOf(NEWLINE); end >= 0 && end < length; end = held.indexOf(NEWLINE, start)) {
      if (!onLine(held, start, end)) return false;
      start = end + 1;
    }
    held.copyWithin(0, start, length);
    length -= start;
    return true;
  };
}
