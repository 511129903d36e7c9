/**
 * A FastCGI responder that writes what a request carries to its error stream, as an application does that logs its input.
 * https://fastcgi-archives.github.io/FastCGI_Specification.html
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

const [PARAMS, STDIN, STDOUT, STDERR, END_REQUEST] = [4, 5, 6, 7, 3];
const MOST_CONTENT = 65_535;

function record(type: number, content: Buffer): Buffer {
  const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
}

/** Content of any length, as nginx gets it from an application that writes in pieces. */
function stream(type: number, content: Buffer, pieceBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceBytes)
    pieces.push(record(type, content.subarray(at, at + pieceBytes)));
  return Buffer.concat([...pieces, record(type, Buffer.alloc(0))]);
}

function paramsOf(bytes: Buffer): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  let at = 0;
  const length = (): number => {
    const short = bytes[at] ?? 0;
    at += short < 128 ? 1 : 4;
    return short < 128 ? short : bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  const text = (bytesLong: number): string => {
    at += bytesLong;
    return bytes.toString('latin1', at - bytesLong, at);
  };
  while (at < bytes.length) {
    const [name, value] = [length(), length()];
    params.set(text(name), text(value));
  }
  return params;
}

function answer(socket: Socket, params: ReadonlyMap<string, string>, body: Buffer): void {
  const query = (params.get('QUERY_STRING') ?? '').replaceAll('+', ' ');
  const logged = body.length > 0 ? body : Buffer.from(decodeURIComponent(query));
  const pieceBytes = Number(params.get('HTTP_X_PIECE') ?? MOST_CONTENT);
  socket.end(
    Buffer.concat([
      stream(STDERR, logged, pieceBytes),
      stream(STDOUT, Buffer.from('Content-Type: text/plain\r\n\r\nok\n'), MOST_CONTENT),
      record(END_REQUEST, Buffer.alloc(8)),
    ]),
  );
}

function serve(socket: Socket): void {
  let bytes = Buffer.alloc(0);
  const parts = new Map<number, Buffer[]>([
    [PARAMS, []],
    [STDIN, []],
  ]);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const [content, padding] = [bytes.length < 8 ? 0 : bytes.readUInt16BE(4), bytes[6] ?? 0];
      if (bytes.length < 8 + content + padding || bytes.length < 8) return;
      const type = bytes[1] ?? 0;
      parts.get(type)?.push(bytes.subarray(8, 8 + content));
      bytes = bytes.subarray(8 + content + padding);
      if (type === STDIN && content === 0)
        answer(socket, paramsOf(Buffer.concat(parts.get(PARAMS) ?? [])), Buffer.concat(parts.get(STDIN) ?? []));
    }
  });
}

export interface FastcgiServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Writes the request's body, or else its decoded query, to stderr, in records of `X-Piece` bytes. */
export async function startFastcgi(): Promise<FastcgiServer> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
