/** Whatever comes over Slack's sockets: the service goes on, answers what is good, and says so once a minute at most. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import { slackConfig } from '../../src/slack/config.ts';
import { createSlack } from '../../src/slack/slack.ts';
import { fakePorts } from '../slack/support/ports.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { rawSlack } from './support/raw-slack.ts';

function recorder() {
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug() {}, info() {}, warn: note, error: note };
  return { lines, logger };
}

async function connected() {
  const peer = await rawSlack();
  const { lines, logger } = recorder();
  const rejections = vi.fn();
  process.on('unhandledRejection', rejections);
  process.on('uncaughtException', rejections);
  const ports = fakePorts();
  const slack = createSlack({
    config: slackConfig.parse({ apiUrl: peer.apiUrl, channel: 'C0INCIDENTS' }),
    tokens: { botToken: 'xoxb-1-2-3', appToken: 'xapp-1-A0GAPWATCH0-1-abc' },
    ports,
    store: memoryOutbox(),
    clock: systemClock,
    logger,
  });
  onTestFinished(async () => {
    await slack.stop();
    process.off('unhandledRejection', rejections);
    process.off('uncaughtException', rejections);
    expect(rejections.mock.calls).toEqual([]);
  });
  await slack.start();
  let number = 0;
  /** A command that is answered proves that everything sent before it was survived. */
  const answers = async () => {
    number += 1;
    const id = `good-${number}`;
    await vi.waitFor(() => expect(peer.sockets.length).toBeGreaterThan(0), 15_000);
    for (const socket of peer.sockets.slice(0, 1)) socket.send(JSON.stringify(command(id)));
    await vi.waitFor(() => expect(peer.acked).toContain(id), 5_000);
  };
  return { peer, lines, ports, answers };
}

const command = (id: string, over: object = {}) => ({
  envelope_id: id,
  type: 'slash_commands',
  payload: {
    command: '/nginx-status',
    text: 'help',
    user_id: 'U0LOCALANA',
    team_id: 'T0LOCALTEAM',
    channel_id: 'C0INCIDENTS',
    api_app_id: 'A0GAPWATCH0',
    ...over,
  },
});
const click = (id: string, over: object = {}) => ({
  envelope_id: id,
  type: 'interactive',
  payload: {
    type: 'block_actions',
    user: { id: 'U0LOCALANA', team_id: 'T0LOCALTEAM' },
    team: { id: 'T0LOCALTEAM' },
    channel: { id: 'C0INCIDENTS' },
    actions: [{ type: 'button', action_id: 'incident_ack', value: 'inc-mi8zk0-1a2b|1' }],
    ...over,
  },
});
const home = (id: string, event: unknown, over: object = {}) => ({
  envelope_id: id,
  type: 'events_api',
  payload: { type: 'event_callback', team_id: 'T0LOCALTEAM', event, ...over },
});
const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

const ODD: readonly (readonly [what: string, frame: string | Buffer])[] = [
  ['null', 'null'],
  ['a number', '1'],
  ['a string', '"x"'],
  ['an array', '[]'],
  ['no JSON', '{'],
  ['an empty text', ''],
  ['an object without a type', '{}'],
  ['a type that is no string', '{"type":{}}'],
  ['a type of prototypes', '{"type":"__proto__","envelope_id":"a"}'],
  ['a type that is an event of the SDK', '{"type":"error"}'],
  ['a type that is another event of the SDK', '{"type":"close"}'],
  ['a type that is the SDK frame event', '{"type":"ws_message"}'],
  ['a type that ends the SDK session', '{"type":"disconnected"}'],
  ['a binary frame', Buffer.from('{"type":"hello"}')],
  ['a binary frame of zeros', Buffer.alloc(1_000)],
  ['invalid UTF-16', '{"type":"interactive","envelope_id":"b","payload":{"type":"block_actions","user":"\\ud800"}}'],
  ['an envelope without a payload', '{"type":"events_api","envelope_id":"c"}'],
  ['a payload null', '{"type":"events_api","envelope_id":"d","payload":null}'],
  ['an event null', JSON.stringify(home('e', null))],
  ['an event without a type', JSON.stringify(home('f', {}))],
  ['an event of a wrong type', JSON.stringify(home('g', [1, 2]))],
  ['an event type of a wrong type', JSON.stringify(home('h', { type: { length: 3 } }))],
  ['an event whose user is an object', JSON.stringify(home('i', { type: 'app_home_opened', user: {}, tab: 'home' }))],
  ['an event of the SDK in the payload', JSON.stringify(home('j', { type: 'error' }))],
  ['an event item null', JSON.stringify(home('k', { type: 'app_home_opened', item: null, channel: null }))],
  ['a command with a text that is an object', JSON.stringify(command('l', { text: {} }))],
  ['a command with a user that is a number', JSON.stringify(command('m', { user_id: 7 }))],
  ['a command in the frame of an event', JSON.stringify({ ...command('n'), type: 'events_api' })],
  ['an event in the frame of a command', JSON.stringify({ ...home('o', { type: 'x' }), type: 'slash_commands' })],
  ['a command without an envelope_id', JSON.stringify({ ...command(''), envelope_id: undefined })],
  ['an envelope_id that is an object', '{"type":"slash_commands","envelope_id":{"a":1},"payload":{}}'],
  ['an envelope_id of 1 MB', JSON.stringify(command('x'.repeat(900_000)))],
  ['a click with no actions', JSON.stringify(click('p', { actions: [] }))],
  ['a click with actions null', JSON.stringify(click('q', { actions: null }))],
  ['a click with an action null', JSON.stringify(click('r', { actions: [null] }))],
  ['a click by a user null', JSON.stringify(click('s', { user: null }))],
  ['a click with an action_id that is an array', JSON.stringify(click('t', { actions: [{ action_id: ['x'] }] }))],
  ['a view submission without a view', '{"type":"interactive","envelope_id":"u","payload":{"type":"view_submission"}}'],
  [
    'a view submission without a state',
    '{"type":"interactive","envelope_id":"v","payload":{"type":"view_submission","view":{}}}',
  ],
  ['an options request', '{"type":"interactive","envelope_id":"w","payload":{"type":"block_suggestion","name":"x"}}'],
  ['a dialog of old', '{"type":"interactive","envelope_id":"y","payload":{"type":"dialog_submission","actions":1}}'],
  ['a function that is executed', JSON.stringify(home('z', { type: 'function_executed', inputs: null }))],
  ['deep arrays', deep('[', ']', 200_000)],
  [
    'deep objects in a payload',
    `{"type":"interactive","envelope_id":"aa","payload":${deep('{"a":', '}', 100_000).replace('}', '1}')}}`,
  ],
  ['a payload of another app', JSON.stringify(command('ab', { api_app_id: 'A0ANOTHER00' }))],
];

describe('a frame', () => {
  it.each(ODD)('that is %s does no harm', async (_what, frame) => {
    const { peer, answers } = await connected();
    for (const socket of peer.sockets) socket.send(frame);
    await answers();
    expect(peer.called.filter((method) => method === 'apps.connections.open')).toHaveLength(2);
  });

  it('that is odd is acknowledged where it can be, so that Slack does not repeat it', async () => {
    const { peer, answers, ports } = await connected();
    const [socket] = peer.sockets;
    socket?.send(JSON.stringify(home('odd-1', null)));
    socket?.send(JSON.stringify(click('odd-2', { actions: [] })));
    socket?.send(JSON.stringify(command('odd-3', { api_app_id: 'A0ANOTHER00' })));
    socket?.send('{"type":"interactive","envelope_id":"odd-4","payload":{"type":"view_submission"}}');
    await answers();
    expect(peer.acked.slice(0, 4)).toEqual(['odd-1', 'odd-2', 'odd-3', 'odd-4']);
    expect(ports.records).toEqual([]);
  });

  it('that is odd is said once, however often it comes', async () => {
    const { peer, lines, answers } = await connected();
    for (let count = 0; count < 500; count++) for (const socket of peer.sockets) socket.send('null');
    await answers();
    expect(lines).toEqual(['Slack frame refused {"why":"it is not a frame of a known type","times":1}']);
  });

  it.each([
    ['of 60 MB', (fill: number) => JSON.stringify(command('big', { text: 'x'.repeat(fill) })), false],
    [
      'of 60 MB that is compressed to 60 KB',
      (fill: number) => JSON.stringify(command('big', { text: 'x'.repeat(fill) })),
      true,
    ],
  ])(
    '%s costs its connection',
    async (_what, frame, compress) => {
      const { peer, answers } = await connected();
      await answers();
      const text = frame(60_000_000);
      for (const socket of [...peer.sockets]) socket.send(text, { compress });
      await vi.waitFor(
        () => expect(peer.called.filter((method) => method === 'apps.connections.open')).toHaveLength(4),
        15_000,
      );
      await answers();
      expect(peer.acked).not.toContain('big');
    },
    40_000,
  );

  it('in many fragments costs its connection', async () => {
    const { peer, answers } = await connected();
    for (const socket of [...peer.sockets]) {
      for (let part = 0; part < 300; part++) socket.send('x'.repeat(10_000), { fin: false });
    }
    await vi.waitFor(
      () => expect(peer.called.filter((method) => method === 'apps.connections.open')).toHaveLength(4),
      15_000,
    );
    await answers();
  }, 40_000);
});

describe('a payload', () => {
  it('of a click without a value is answered as out of date', async () => {
    const { peer, ports } = await connected();
    peer.sockets[0]?.send(JSON.stringify(click('odd', { actions: [{ type: 'button', action_id: 'incident_ack' }] })));
    await vi.waitFor(() => expect(ports.records).toHaveLength(1));
    expect(ports.records[0]?.answer).toContain('out of date');
    expect(ports.intents).toEqual([]);
  });

  it('with a text of 900 KB is answered at once', async () => {
    const { peer, ports, answers } = await connected();
    const startedAt = performance.now();
    peer.sockets[0]?.send(JSON.stringify(command('long', { text: `mute ${'1d '.repeat(300_000)}` })));
    await answers();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(ports.muted).toEqual([]);
  });

  it('never makes gapwatch call an address that is not of Slack', async () => {
    const { peer } = await connected();
    const elsewhere = await rawSlack();
    const response_url = elsewhere.apiUrl.replace('/api/', '/latest/meta-data');
    peer.sockets[0]?.send(JSON.stringify(command('ssrf', { response_url })));
    await vi.waitFor(() => expect(peer.called).toContain('chat.postEphemeral'));
    expect(elsewhere.called).toEqual([]);
  });
});
