/**
 * /proc/net/unix, row by row, from bytes: `Num: RefCount Protocol Flags Type St Inode Path`, all but the last two of fixed
 * width (net/unix/af_unix.c unix_seq_show). A host whose backends listen on unix sockets has tens of thousands of rows.
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

class Row implements UnixRow {
  inode = 0;
  listening = false;
  queued = false;
  connected = false;
  datagram = false;
  #bytes: Buffer = Buffer.alloc(0);
  #path = 0;
  #end = 0;

  /** False for the heading and for a row that is cut. */
  read(bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    while (at < end && bytes[at] !== COLON) at++;
    const colon = at;
    at += INODE;
    if (at >= end || bytes[colon + INODE - 1] !== SPACE) return false;
    while (at < end && bytes[at] === SPACE) at++;
    let inode = 0;
    for (; at < end && bytes[at] !== SPACE; at++) inode = inode * 10 + (bytes[at] ?? ZERO) - ZERO;
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
