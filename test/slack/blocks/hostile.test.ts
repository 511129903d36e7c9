/** Hostile text in log lines, URLs, host names and configs: no message pings, links or leaks, and every limit holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { renderAll } from '../support/every-message.ts';
import { incident, NOW } from '../support/incident.ts';
import { judgeBlocks } from '../support/judge-blocks.ts';

/** A fixed seed gives everyone the same result; change it for a new search. */
const SEED = 20261121;
const SECRETS = ['xoxb-1-SECRETTOKEN', 'hunter2hunter2', 's3cr3tcookie', '203.0.113.77'];
const pieces = fc.constantFrom(
  '<!channel>',
  '<!here|x>',
  '<@U0123456>',
  '<https://evil.example|click>',
  '&lt;!everyone&gt;',
  '@channel',
  '`*_~',
  '\u202e\u0000',
  '\n',
  ' client: 203.0.113.77, ',
  ' token=hunter2hunter2 ',
  ' Cookie: sid=s3cr3tcookie',
  ' xoxb-1-SECRETTOKEN ',
  'GET /a?password=hunter2hunter2 HTTP/1.1',
  '😀',
);
const hostile = fc
  .array(fc.oneof(pieces, fc.string({ maxLength: 20 }), fc.constant('long '.repeat(200))), {
    minLength: 1,
    maxLength: 10,
  })
  .map((parts) => parts.join(''));

describe('hostile text', () => {
  it('neither pings nor links nor leaks nor exceeds a limit, in any message or view', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const shown of renderAll(text)) judgeBlocks(shown, { secrets: SECRETS });
      }),
      {
        numRuns: 25,
        seed: SEED,
        examples: [
          ['<https://evil.example|click>          <!channel><!channel>'],
          ['&'.repeat(3_000)],
          ['\u0001'],
          ['&'],
          ['R&amp'],
        ],
      },
    );
  }, 60_000);

  it('holds for ten thousand log lines in a row', () => {
    const lines = fc.sample(hostile, { numRuns: 10_000, seed: SEED });
    for (const line of lines) {
      const note = threadNote({ kind: 'worse', at: NOW, incident: incident(), text: line });
      judgeBlocks({ ...note, surface: 'message' }, { secrets: SECRETS });
    }
  }, 60_000);

  it('sets verbatim on every mrkdwn text, so that Slack adds no links', () => {
    const shown = JSON.stringify(renderAll('https://evil.example #general @here').map(({ blocks }) => blocks));
    expect(shown.split('"type":"mrkdwn"').length).toBeGreaterThan(5);
    expect(shown.split('"type":"mrkdwn"').length).toBe(shown.split('"verbatim":true').length);
  });
});
