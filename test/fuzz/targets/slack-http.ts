import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { assert, shown } from '../invariants.ts';
import { bytesOf, cutInto, cuts, mutated } from '../mutations.ts';
import { COMMAND, type FuzzedSlack, PAYLOADS, SECRET, startSlack } from '../slack-rig.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const FORM = 'application/x-www-form-urlencoded';
const form = (fields: object): string => new URLSearchParams(fields as Record<string, string>).toString();
const BODIES = PAYLOADS.flatMap((payload) =>
  'command' in payload ? [form(payload)] : [form({ payload: JSON.stringify(payload) }), JSON.stringify(payload)],
);
/** `@TIME`, `@MAC` and `@LENGTH` are filled in for the body when the case is checked. */
const HEADS = [
  `POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM}\r\nx-slack-request-timestamp: @TIME\r\nx-slack-signature: v0=@MAC\r\ncontent-length: @LENGTH\r\n\r\n`,
  'POST /slack/events?a=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\nX-Slack-Signature: v0=@MAC\r\nX-Slack-Request-Timestamp: @TIME\r\nContent-Length: @LENGTH\r\nConnection: close\r\n\r\n',
  'POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
];
const WORDS = [
  '@MAC',
  '@TIME',
  'v0=@MAC=x',
  'v1=',
  '\r\n\r\n',
  '\r\n ',
  'transfer-encoding: chunked\r\n',
  'content-length: 0\r\n',
  'content-length: 999999999\r\n',
  'expect: 100-continue\r\n',
  'x-slack-signature: v0=\r\n',
  'payload=',
  '%',
  '%7B%7D',
  'payload=null',
  '&payload=%5B%5D',
  '__proto__=1&',
];

interface Input {
  readonly head: string;
  readonly body: string;
  readonly cuts: readonly number[];
  /** False: the signature is one of another secret. */
  readonly isSigned: boolean;
}

let slack: FuzzedSlack;
let port = 0;
let number = 0;

function request({ head, body, isSigned }: Pick<Input, 'head' | 'body' | 'isSigned'>): Buffer {
  const bytes = bytesOf(body);
  const time = String(Math.floor(Date.now() / 1000));
  const secret = isSigned ? SECRET : 'another secret';
  const mac = createHmac('sha256', secret).update(`v0:${time}:`).update(bytes).digest('hex');
  const filled = head.replaceAll('@TIME', time).replaceAll('@MAC', mac).replaceAll('@LENGTH', String(bytes.length));
  return Buffer.concat([bytesOf(filled), bytes]);
}

/** What is answered to these pieces and the end of them. */
async function talk(pieces: readonly Uint8Array[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket
    .on('error', () => {})
    .on('data', (data) => {
      heard += String(data);
    });
  // Not events.once, which rejects at an error: a connection may be reset.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) {
    socket.write(piece);
    await turn();
  }
  socket.end();
  await closed;
  return heard;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}

/** A good command, each with other words, because a repeated request is refused. */
async function assertGoesOn(): Promise<void> {
  number += 1;
  const body = form({ ...COMMAND, trigger_id: `good.${number}` });
  const answer = await talk([request({ head: HEADS[0] ?? '', body, isSigned: true })]);
  assert(statusOf(answer) === 200, `a good command is answered with ${shown(answer)}`);
}

export const target = defineTarget<Input>({
  about: 'bytes to the HTTP port as Slack and strangers send them, in any pieces: only what is signed does anything',
  inputs: fc.record({
    head: fc.oneof(
      { weight: 3, arbitrary: mutated(HEADS, { tokens: [...TOKENS, ...WORDS], most: 3 }) },
      { weight: 2, arbitrary: fc.constantFrom(...HEADS) },
    ),
    body: fc.oneof(mutated(BODIES, { tokens: [...TOKENS, ...WORDS] }), fc.constantFrom(...BODIES)),
    cuts,
    isSigned: fc.boolean(),
  }),
  mayHoldFiles: 24,
  async prepare() {
    port = await freePort();
    slack = await startSlack({ mode: 'http', port });
    await assertGoesOn();
  },
  async check({ head, body, cuts: places, isSigned }) {
    const { ports } = slack;
    const before = ports.records.length + ports.intents.length;
    const bytes = request({ head, body, isSigned });
    const answer = await talk(cutInto(bytes, places));
    const status = statusOf(answer);
    assert(status === 0 || (status >= 100 && status < 500), `answered with ${status}`);
    if (!isSigned) {
      assert(status !== 200, `an unsigned request is answered with ${shown(answer)}`);
      assert(ports.records.length + ports.intents.length === before, 'an unsigned request did something');
    }
    await assertGoesOn();
  },
});
