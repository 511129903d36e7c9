/** Which payloads reach the listeners, and what the others are called. */
import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../../src/slack/commands/words.ts';
import { createInbound } from '../../../src/slack/connect/inbound.ts';

const read = createInbound({ apiUrl: 'https://slack.com/api/', appId: 'A0GAPWATCH' });
const command = {
  command: COMMAND,
  text: 'why',
  user_id: 'U0BEN',
  team_id: 'T0TEAM',
  channel_id: 'C0CHANNEL',
  api_app_id: 'A0GAPWATCH',
  response_url: 'https://hooks.slack.com/commands/1',
};

describe('a payload', () => {
  it.each([
    ['null', null],
    ['text', 'text'],
    ['a number', 7],
    ['nothing', undefined],
    ['a list', [command]],
  ])('that is %s is no object', (_what, payload) => {
    expect(read(payload)).toEqual({ kind: 'malformed', why: 'it is not an object' });
  });

  it.each([
    ['an empty one', {}],
    ['another command', { ...command, command: '/other' }],
    ['another event', { type: 'event_callback', event: { type: 'message' } }],
    ['a view submission', { type: 'view_submission' }],
  ])('that is %s is not handled here', (_what, payload) => {
    expect(read(payload)).toEqual({ kind: 'unhandled', why: 'its type is not handled here' });
  });

  it('is taken with its checked fields only', () => {
    const { api_app_id, ...fields } = command;
    expect(read({ ...command, extra: 1 })).toEqual({ kind: 'taken', body: fields });
  });

  it('is taken from another app only where ours is unknown', () => {
    const other = { ...command, api_app_id: 'A0OTHER' };
    expect(read(other)).toEqual({ kind: 'unhandled', why: 'it is for another app' });
    expect(createInbound({ apiUrl: 'https://slack.com/api/', appId: null })(other).kind).toBe('taken');
    const { api_app_id, ...unnamed } = command;
    expect(read(unnamed).kind).toBe('taken');
  });

  it('is answered when it is a challenge of text, and named when it is not', () => {
    const asked = (challenge: unknown) => read({ type: 'url_verification', challenge });
    expect(asked('abc')).toEqual({ kind: 'challenge', challenge: 'abc' });
    for (const bad of ['', 7, undefined, 'x'.repeat(1_001)])
      expect(asked(bad)).toEqual({ kind: 'malformed', why: 'its challenge is not text' });
  });

  it('is named by the place that is wrong', () => {
    expect(read({ ...command, user_id: 'nobody' })).toEqual({
      kind: 'malformed',
      why: 'the user_id of a command is not as Slack sends it',
    });
    expect(read({ type: 'event_callback', team_id: 'T0TEAM', event: null }).kind).toBe('malformed');
  });

  it.each([
    ['https://hooks.slack.com/a', true],
    ['https://hooks.slack-gov.com/a', true],
    ['http://hooks.slack.com/a', false],
    ['https://slack.com.example/a', false],
    ['https://evilslack.com/a', false],
    ['https://slack.com/a', true],
    ['not a URL', false],
  ])('keeps the response URL %s: %s', (response_url, isKept) => {
    const taken = read({ ...command, response_url });
    expect(taken).toMatchObject({ kind: 'taken' });
    expect('body' in taken ? taken.body.response_url : null).toBe(isKept ? response_url : undefined);
  });
});
