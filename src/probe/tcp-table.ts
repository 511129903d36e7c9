/**
 * /proc/net/tcp, tcp6, udp and udp6, row by row, from bytes. A table of 100,000 sockets is 15 MB of text, so nothing
 * is decoded that is not asked for and the row object is reused. Listening sockets come first (net/ipv4/tcp_ipv4.c
 * tcp_get_idx), which lets a reader stop early.
 */

export const TCP_STATE = { established: 1, synSent: 2, timeWait: 6, closeWait: 8, listen: 10 } as const;

/** Valid during the call only. */
export interface SocketRow {
  readonly state: number;
  readonly localPort: number;
  readonly remotePort: number;
  /** Bytes not acknowledged; for a listener nothing. */
  readonly sendQueue: number;
  /** Bytes not read; for a listener the connections that wait for accept. */
  readonly receiveQueue: number;
  /** 0 for TIME_WAIT and for orphans. */
  readonly inode: number;
  localHex(): string;
  /** `0100007F:1F90`: address and port, equal for equal peers of one table. */
  remoteKey(): string;
}

const COLON = 0x3a;
const NEWLINE = 0x0a;
const SPACE = 0x20;

function hexDigit(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}

class Row implements SocketRow {
  state = 0;
  localPort = 0;
  remotePort = 0;
  sendQueue = 0;
  receiveQueue = 0;
  inode = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #local = 0;
  #width = 8;

  /** False for the heading and for a row that is cut. */
  read(bytes: Buffer, start: number, end: number): boolean {
    const colon = bytes.indexOf(COLON, start);
    if (colon < 0 || colon >= end) return false;
    this.#bytes = bytes;
    this.#local = colon + 2;
    this.#width = bytes[colon + 10] === COLON ? 8 : 32;
    const remote = this.#local + this.#width + 6;
    const state = remote + this.#width + 6;
    // Fixed widths up to the retransmits, then uid, timeout and inode padded with spaces.
    const uid = state + 3 + 18 + 12 + 8;
    if (uid >= end || bytes[colon + 2 + this.#width] !== COLON) return false;
    this.localPort = this.#hex(remote - 5, 4);
    this.remotePort = this.#hex(state - 5, 4);
    this.state = this.#hex(state, 2);
    this.sendQueue = this.#hex(state + 3, 8);
    this.receiveQueue = this.#hex(state + 12, 8);
    this.inode = this.#decimal(this.#afterWord(this.#afterWord(uid, end), end), end);
    return true;
  }

  localHex(): string {
    return this.#bytes.toString('latin1', this.#local, this.#local + this.#width);
  }

  remoteKey(): string {
    const from = this.#local + this.#width + 6;
    return this.#bytes.toString('latin1', from, from + this.#width + 5);
  }

  #hex(from: number, length: number): number {
    let value = 0;
    for (let index = from; index < from + length; index++) value = value * 16 + hexDigit(this.#bytes[index] ?? 0x30);
    return value;
  }

  #afterWord(from: number, end: number): number {
    let index = from;
    while (index < end && this.#bytes[index] === SPACE) index++;
    while (index < end && this.#bytes[index] !== SPACE) index++;
    return index;
  }

  #decimal(from: number, end: number): number {
    let index = from;
    while (index < end && this.#bytes[index] === SPACE) index++;
    let value = 0;
    for (; index < end; index++) {
      const digit = (this.#bytes[index] ?? SPACE) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return value;
  }
}

/** Takes the pieces of a table (see Host.scan) and hands over its rows; `onRow` answers false to stop. */
export function createSocketTableReader(onRow: (row: SocketRow) => boolean): (bytes: Buffer) => boolean {
  const row = new Row();
  let rest = Buffer.alloc(0);
  return (piece) => {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (row.read(bytes, start, end) && !onRow(row)) return false;
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    return true;
  };
}
