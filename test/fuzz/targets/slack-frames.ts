import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { assert } from '../invariants.ts';
import { bytesOf, mutated } from '../mutations.ts';
import { COMMAND, type FuzzedSlack, PAYLOADS, startSlack } from '../slack-rig.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const typeOf = (payload: object): string =>
  'command' in payload ? 'slash_commands' : 'event' in payload ? 'events_api' : 'interactive';
const FRAMES = [
  ...PAYLOADS.map((payload, i) => JSON.stringify({ envelope_id: `e-${i}`, type: typeOf(payload), payload })),
  '{"type":"hello","num_connections":1}',
  '{"type":"disconnect","reason":"warning"}',
];
const WORDS = [
  'null',
  '{}',
  '[]',
  '[[[[',
  '"type":',
  '"payload":null',
  '"__proto__":{"pwn":1}',
  '"envelope_id":',
  '\\u0000',
  '\\ud800',
  'disconnect',
  'ws_message',
  'close',
  'error',
];

interface Input {
  readonly text: string;
  readonly isBinary: boolean;
}

let slack: FuzzedSlack;
let number = 0;

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    assert(performance.now() < end, what);
    await pause(1);
  }
}

export const target = defineTarget<Input>({
  about: 'frames of Socket Mode over a real socket: a good command after each is still answered',
  inputs: fc.record({
    text: fc.oneof(
      { weight: 6, arbitrary: mutated(FRAMES, { tokens: [...TOKENS, ...WORDS] }) },
      { weight: 1, arbitrary: fc.json() },
    ),
    isBinary: fc.integer({ max: 9, min: 0 }).map((one) => one === 9),
  }),
  // Connections that are made anew, and those kept for the next call.
  mayHoldFiles: 24,
  async prepare() {
    slack = await startSlack({});
    await until(() => slack.peer.sockets.length === 2, 'the two connections were not made');
  },
  async check({ text, isBinary }) {
    const { peer, ports } = slack;
    await until(() => peer.sockets.length > 0, 'no connection is left');
    const [socket] = peer.sockets;
    const before = ports.records.length;
    socket?.send(isBinary ? bytesOf(text) : text);
    number += 1;
    const id = `good-${number}`;
    let sendAt = 0;
    // A frame may end its connection, as Slack does; Slack sends again what was not acknowledged.
    const good = JSON.stringify({ envelope_id: id, type: 'slash_commands', payload: COMMAND });
    await until(() => {
      if (peer.acked.includes(id)) return true;
      if (performance.now() > sendAt) {
        sendAt = performance.now() + 200;
        for (const one of peer.sockets) one.send(good);
      }
      return false;
    }, 'a good command is no longer answered');
    assert(ports.records.length <= before + 20, 'a frame did a lot');
  },
});
