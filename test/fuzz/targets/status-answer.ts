import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { parseStubStatus } from '../../../src/nginx/stub-status.ts';
import { createHost } from '../../../src/probe/host.ts';
import { AnswerReader, type HttpAnswer, parseHttpAnswer } from '../../../src/probe/http-answer.ts';
import { StatusConnection } from '../../../src/probe/status-connection.ts';
import { statusEndpoint } from '../../../src/probe/status-endpoint.ts';
import { assert, assertShort } from '../invariants.ts';
import { cutInto, cuts, mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const PAGE = 'Active connections: 3 \nserver accepts handled requests\n 5 5 7 \nReading: 0 Writing: 1 Waiting: 2 \n';
const chunked = (parts: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`;
const ANSWERS = [
  `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: ${PAGE.length}\r\nConnection: keep-alive\r\n\r\n${PAGE}`,
  `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${PAGE}`,
  chunked([PAGE]),
  chunked([PAGE.slice(0, 30), PAGE.slice(30)]),
  `HTTP/1.0 200 OK\r\n\r\n${PAGE}`,
  'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  PAGE,
  'SSH-2.0-OpenSSH_9.2\r\n',
];
const WORDS = [
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: ',
  'Content-Length: -5\r\n',
  '-1\r\n',
  '-6\r\n',
  '5;a=b\r\n',
  'ffffffff\r\n',
  '7fffffffffffffff\r\n',
  '\r\n\r\n',
  '\n\n',
  'HTTP/1.1 ',
];

interface Input {
  /** Latin-1: one character a byte. */
  readonly text: string;
  readonly cuts: readonly number[];
  readonly wire: boolean;
}

/** What a reader concludes that gets these pieces and then the end. */
function read(pieces: readonly string[]): HttpAnswer {
  const reader = new AnswerReader();
  for (const piece of pieces) {
    reader.push(piece);
    const answer = reader.answer(false);
    if (answer.kind !== 'incomplete') return answer;
  }
  return reader.answer(true);
}

/** Whether the connection was at its end when the answer was whole is a matter of time. */
const said = (answer: HttpAnswer): string =>
  JSON.stringify(answer.kind === 'answer' ? { ...answer, keepsOpen: null } : answer);

/** The same bytes from a real peer. The attempt is a value, and short, whatever they are. */
async function ask(pieces: readonly string[]): Promise<void> {
  const peer = createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => {}).resume();
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece, 'latin1');
        await turn();
      }
      socket.end();
    })();
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  const { port } = peer.address() as { port: number };
  const endpoint = statusEndpoint(`http://127.0.0.1:${port}/`, null, null);
  assert(endpoint !== null, 'the address of the peer is no address');
  const connection = new StatusConnection(createHost(), endpoint);
  try {
    const { attempt } = await connection.ask('GET / HTTP/1.1\r\n\r\n', AbortSignal.timeout(5_000));
    const whole = parseHttpAnswer(pieces.join(''), true);
    const page = whole.kind === 'answer' && whole.status === 200 ? parseStubStatus(whole.body) : null;
    assert(attempt.ok === (page !== null), `the peer was understood as ${JSON.stringify(attempt)}`);
    if (!attempt.ok) assertShort(attempt.detail, 600, 'the detail');
  } finally {
    connection.destroy();
    await new Promise((resolve) => peer.close(resolve));
  }
}

export const target = defineTarget<Input>({
  about: 'bytes of a status page, in any pieces → HTTP answer → counters',
  inputs: fc.record({
    text: mutated(ANSWERS, { tokens: [...TOKENS, ...WORDS] }).map((text) =>
      Buffer.from(text, 'latin1').toString('latin1'),
    ),
    cuts,
    wire: fc.boolean(),
  }),
  ofText: (text) => ({ text: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`, cuts: [], wire: false }),
  async check({ text, cuts, wire }) {
    const pieces = cutInto(text, cuts);
    const whole = read([text]);
    const everyByte = text.length <= 400 ? [...text] : pieces;
    for (const way of [pieces, everyByte]) {
      const answer = read(way);
      assert(said(answer) === said(whole), `in pieces ${said(answer)}, as a whole ${said(whole)}`);
    }
    if (whole.kind === 'answer') assertShort(whole.body, text.length, 'the body');
    if (wire && text.length < 60_000) await ask(pieces);
  },
});
