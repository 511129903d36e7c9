/**
 * Parses /proc/net/tcp, tcp6, udp and udp6 row by row. A table of 100,000 sockets is 15 MB of text, so fields are decoded
 * on demand and the row object is reused. Listening sockets come first (net/ipv4/tcp_ipv4.c tcp_get_idx), so a reader
 * can stop early.
 */
import { createLineReader } from './line-reader.ts';

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
  /** The same as a number where that is cheaper: equal for equal peers of one table. */
  remoteId(): number | string;
}

const PORTS = 65_536;

const COLON = 0x3a;
const SPACE = 0x20;
const ZERO = 0x30;
/** Columns from the state on: `st tx_queue:rx_queue tr:tm->when retrnsmt uid`. */
const SEND_QUEUE = 3;
const RECEIVE_QUEUE = 12;
const USER = 41;

const hexDigit = (byte: number): number => (byte <= 0x39 ? byte - ZERO : (byte | SPACE) - 0x57);

/** Numbers that only rows of nginx need are decoded when they are asked for. */
class Row implements SocketRow {
  state = 0;
  localPort = 0;
  inode = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #local = 0;
  #width = 8;
  #state = 0;

  /** False for the heading and for a row that is cut. */
  read(bytes: Buffer, start: number, end: number): boolean {
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    const width = bytes[colon + 10] === COLON ? 8 : 32;
    const local = colon + 2;
    const state = local + 2 * width + 12;
    // Fixed widths up to the retransmits, then uid, timeout and inode padded with spaces.
    if (state + USER >= end || bytes[local + width] !== COLON) return false;
    this.#bytes = bytes;
    this.#local = local;
    this.#width = width;
    this.#state = state;
    this.localPort = this.#hex(local + width + 1, 4);
    this.state = this.#hex(state, 2);
    this.inode = this.#decimal(this.#afterWord(this.#afterWord(state + USER, end), end), end);
    return true;
  }

  get remotePort(): number {
    return this.#hex(this.#state - 5, 4);
  }

  get sendQueue(): number {
    return this.#hex(this.#state + SEND_QUEUE, 8);
  }

  get receiveQueue(): number {
    return this.#hex(this.#state + RECEIVE_QUEUE, 8);
  }

  localHex(): string {
    return this.#bytes.toString('latin1', this.#local, this.#local + this.#width);
  }

  remoteKey(): string {
    return this.#bytes.toString('latin1', this.#state - this.#width - 6, this.#state - 1);
  }

  remoteId(): number | string {
    if (this.#width !== 8) return this.remoteKey();
    return this.#hex(this.#state - 14, 8) * PORTS + this.remotePort;
  }

  #hex(from: number, length: number): number {
    let value = 0;
    for (let index = from; index < from + length; index++) value = value * 16 + hexDigit(this.#bytes[index] ?? ZERO);
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
      const digit = (this.#bytes[index] ?? SPACE) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return value;
  }
}

/** The key of a peer, see SocketRow.remoteKey, from its id. */
export function keyOfRemote(id: number | string): string {
  if (typeof id === 'string') return id;
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${hex(Math.floor(id / PORTS), 8)}:${hex(id % PORTS, 4)}`;
}

/** Takes the pieces of a table (see Host.scan) and hands over its rows; `onRow` answers false to stop. */
export function createSocketTableReader(onRow: (row: SocketRow) => boolean): (piece: Buffer) => boolean {
  const row = new Row();
  return createLineReader((bytes, start, end) => !row.read(bytes, start, end) || onRow(row));
}
