/** A name server on loopback that answers every name with one address until its mode changes. */
import { createSocket, type Socket } from 'node:dgram';

/** Answer section: name = pointer to the question, type A, class IN, TTL 1 s, 4 bytes 127.0.0.1 (RFC 1035 §4.1). */
const ANSWER_A = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
const TYPE_A = 1;

export class DnsResponder {
  readonly #socket: Socket;
  readonly port: number;
  /** `mute`: receives queries and does not answer. `unknown`: NXDOMAIN. */
  mode: 'answer' | 'mute' | 'unknown' = 'answer';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (query, from) => {
      if (this.mode !== 'mute') socket.send(respond(query, this.mode === 'answer'), from.port, from.address);
    });
  }

  /** Bound to a free UDP port of 127.0.0.1. */
  static async start(): Promise<DnsResponder> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new DnsResponder(socket);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

function respond(query: Buffer, known: boolean): Buffer {
  let end = 12;
  for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) end += length + 1;
  const question = query.subarray(0, end + 5);
  const answers = known && query.readUInt16BE(end + 1) === TYPE_A ? 1 : 0;
  const header = Buffer.from(question);
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers, 6);
  header.writeUInt32BE(0, 8);
  return answers === 1 ? Buffer.concat([header, ANSWER_A]) : header;
}
