/**
 * Parses /proc/net/unix row by row: `Num: RefCount Protocol Flags Type St Inode Path`, all but the last two of fixed
 * width (net/unix/af_unix.c unix_seq_show). A host whose backends listen on unix sockets has tens of thousands of rows.
 *
 * The kernel does not escape names, so any user can forge rows with a newline in the name of a socket. A row that differs
 * in any column is skipped, and so are all rows of an inode that occurs twice (see InodesSeen).
 */
import { createLineReader } from './line-reader.ts';

/** Valid during the call only. */
export interface UnixRow {
  readonly inode: number;
  readonly listening: boolean;
  /** Embryo in a listener's queue: connected by the client, not accepted yet. It carries the listener's path. */
  readonly queued: boolean;
  readonly connected: boolean;
  readonly datagram: boolean;
  /** Null for an unnamed socket. Decoded at each call. */
  path(): string | null;
}

const COLON = 0x3a;
const SPACE = 0x20;
const ZERO = 0x30;
/** Columns behind the colon: the digit of __SO_ACCEPTCON in Flags, the last digits of Type and St, and Inode. */
const ACCEPTS = 23;
const TYPE = 32;
const STATE = 35;
const INODE = 37;
/** The digits of SOCK_DGRAM, SS_CONNECTING and SS_CONNECTED (linux/net.h). */
const DATAGRAM = 0x32;
const CONNECTING = 0x32;
const CONNECTED = 0x33;

/** Digits of a pointer on 64-bit and on 32-bit machines (%pK). */
const POINTERS: readonly number[] = [16, 8];
/** Where the spaces are, from the colon on; hexadecimal digits are between them. */
const SPACES: ReadonlySet<number> = new Set([1, 10, 19, 28, 33, 36]);

const isDecimal = (byte: number | undefined): byte is number => byte !== undefined && byte >= ZERO && byte <= 0x39;
const isHex = (byte: number | undefined): boolean =>
  isDecimal(byte) || (byte !== undefined && ((byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)));

/** Counts the rows of each socket: the kernel has one for each. */
export class InodesSeen {
  readonly #seen = new Set<number>();
  readonly #twice = new Set<number>();

  add(inode: number): void {
    // Connections that wait to be accepted have none.
    if (inode !== 0 && this.#seen.size === this.#seen.add(inode).size) this.#twice.add(inode);
  }

  isForged(inode: number): boolean {
    return this.#twice.has(inode);
  }
}

class Row implements UnixRow {
  inode = 0;
  listening = false;
  queued = false;
  connected = false;
  datagram = false;
  #bytes: Buffer = Buffer.alloc(0);
  #path = 0;
  #end = 0;

  /** False for the heading, and for a row that is not exact. */
  read(bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    while (at < end && bytes[at] !== COLON) at++;
    const colon = at;
    if (!POINTERS.includes(colon - start) || colon + INODE >= end) return false;
    for (let column = 1; column < INODE; column++) {
      const byte = bytes[colon + column];
      if (SPACES.has(column) ? byte !== SPACE : !isHex(byte)) return false;
    }
    at += INODE;
    while (at < end && bytes[at] === SPACE) at++;
    const first = at;
    let inode = 0;
    for (let byte = bytes[at]; at < end && isDecimal(byte); byte = bytes[++at]) inode = inode * 10 + byte - ZERO;
    if (at === first || (at < end && bytes[at] !== SPACE)) return false;
    this.inode = inode;
    this.listening = bytes[colon + ACCEPTS] !== ZERO;
    this.queued = bytes[colon + STATE] === CONNECTING;
    this.connected = bytes[colon + STATE] === CONNECTED;
    this.datagram = bytes[colon + TYPE] === DATAGRAM;
    this.#bytes = bytes;
    this.#path = at + 1;
    this.#end = end;
    return true;
  }

  path(): string | null {
    return this.#path < this.#end ? this.#bytes.toString('utf8', this.#path, this.#end) : null;
  }
}

/** Takes the pieces of the table (see Host.scan) and hands over its rows. */
export function createUnixTableReader(onRow: (row: UnixRow) => void): (piece: Buffer) => boolean {
  const row = new Row();
  return createLineReader((bytes, start, end) => {
    if (row.read(bytes, start, end)) onRow(row);
    return true;
  });
}
