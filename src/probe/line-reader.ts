/** Cuts the pieces of a file of /proc (see Host.scan) into lines, without copying those that lie in one piece. */

const NEWLINE = 0x0a;

/** `onLine` is told the bounds of a line without its newline, valid during the call; it answers false to stop. */
export function createLineReader(
  onLine: (bytes: Buffer, start: number, end: number) => boolean,
): (piece: Buffer) => boolean {
  let rest = Buffer.alloc(0);
  return (piece) => {
    let start = 0;
    if (rest.length > 0) {
      start = piece.indexOf(NEWLINE) + 1;
      rest = Buffer.concat([rest, start === 0 ? piece : piece.subarray(0, start)]);
      if (start === 0) return true;
      if (!onLine(rest, 0, rest.length - 1)) return false;
    }
    for (let end = piece.indexOf(NEWLINE, start); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      if (!onLine(piece, start, end)) return false;
      start = end + 1;
    }
    rest = Buffer.from(piece.subarray(start));
    return true;
  };
}
