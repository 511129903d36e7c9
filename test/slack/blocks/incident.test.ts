import { describe, expect, it } from 'vitest';
import { parseActionValue } from '../../../src/slack/blocks/action-value.ts';
import { incidentMessage } from '../../../src/slack/blocks/incident.ts';
import { pictureBlocks } from '../../../src/slack/blocks/picture.ts';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { change, incident, NOW } from '../support/incident.ts';

const types = (blocks: readonly { type: string }[]): string[] => blocks.map(({ type }) => type);

function actionIds(blocks: readonly object[]): string[] {
  return [...JSON.stringify(blocks).matchAll(/"action_id":"(\w+)"/g)].map((match) => match[1] ?? '');
}

/** Another action may be added to the table. */
const KNOWN_ACTIONS = [
  'incident_ack',
  'incident_unack',
  'incident_snooze',
  'incident_recheck',
  'incident_evidence',
  'incident_resolve',
];

describe('the incident message', () => {
  it('shows host, cause, summary, figures, fix, warnings and buttons in this order', () => {
    const { blocks, text } = incidentMessage(incident());
    expect(types(blocks)).toEqual([
      'header',
      'section',
      'section',
      'rich_text',
      'context',
      'section',
      'actions',
      'context',
    ]);
    expect(text).toBe(
      'Critical: Slow upstream on web-1. 127.0.0.1:9000 answers in 4.8 s and fills all 512 slots of worker 4711.',
    );
    const shown = JSON.stringify(blocks);
    for (const part of [
      '*Severity*\\nCritical',
      '*Losing now*\\n12.4 per second: connections reset by a full worker; 730 in all',
      '*Confidence*\\nCertain',
      '(/etc/nginx/nginx.conf:23)',
      'proxy_read_timeout 5s;',
      'Do not raise worker_connections',
      'Also present: Slot capacity',
      'Could not be observed: upstream times',
    ]) {
      expect(shown).toContain(part);
    }
  });

  it.each([
    ['open', ['incident_ack', 'incident_snooze', 'incident_recheck', 'incident_evidence', 'incident_resolve']],
    [
      'acknowledged',
      ['incident_unack', 'incident_snooze', 'incident_recheck', 'incident_evidence', 'incident_resolve'],
    ],
    ['snoozed', ['incident_ack', 'incident_snooze', 'incident_recheck', 'incident_evidence', 'incident_resolve']],
    ['resolved', []],
  ] as const)('shows the controls of an incident that is %s, one of them primary', (state, expected) => {
    const acknowledgedBy = state === 'acknowledged' ? 'U0ANA' : null;
    const { blocks } = incidentMessage(
      incident({ state, acknowledgedBy, resolvedAt: state === 'resolved' ? NOW : null }),
    );
    const shown = actionIds(blocks);
    const known = shown.filter((id) => KNOWN_ACTIONS.includes(id));
    expect(known).toEqual(expected);
    if (expected.length === 0) expect(shown).toEqual([]);
    expect(JSON.stringify(blocks).split('"primary"').length - 1).toBe(expected.length === 0 ? 0 : 1);
  });

  it('names the owner and offers to take it back while it is snoozed', () => {
    const { blocks } = incidentMessage(incident({ state: 'snoozed', snoozedUntil: NOW, acknowledgedBy: 'U0ANA' }));
    expect(actionIds(blocks)[0]).toBe('incident_unack');
    expect(JSON.stringify(blocks)).toContain('Acknowledged by <@U0ANA>');
  });

  it('carries incident and revision in every value', () => {
    const { blocks } = incidentMessage(incident({ rev: 7 }));
    const values = [...JSON.stringify(blocks).matchAll(/"value":"([^"]+)"/g)].map((match) =>
      parseActionValue(match[1] ?? ''),
    );
    expect(values.length).toBeGreaterThanOrEqual(8);
    for (const value of values) expect(value).toMatchObject({ incidentId: 'inc-mi8zk0-1a2b', rev: 7 });
    expect(values.map((value) => value?.choice).filter((choice) => choice !== null)).toEqual([
      '15',
      '60',
      '240',
      'resolved',
    ]);
  });

  it('gives blocks new ids at each revision', () => {
    const ids = (rev: number) => incidentMessage(incident({ rev })).blocks.map(({ block_id }) => block_id);
    expect(ids(1)).not.toEqual(ids(2));
    expect(new Set([...ids(1), ...ids(2)]).size).toBe(ids(1).length * 2);
  });

  it('replaces the buttons by duration, losses and peak after resolution', () => {
    const { blocks, text } = incidentMessage(
      incident({ state: 'resolved', resolvedAt: NOW + 60_000, acknowledgedBy: 'U0ALICE' }),
    );
    expect(types(blocks)).toEqual(['header', 'section', 'context']);
    expect(JSON.stringify(blocks)).toContain('After 3 min: 730 clients lost, at most 14 per second.');
    expect(JSON.stringify(blocks)).toContain('Acknowledged by <@U0ALICE>');
    expect(text).toMatch(/^Resolved: /);
  });

  it('mentions the user group for a critical incident only', () => {
    const extras = { seenBefore: null, picture: [], mentionUserGroup: 'S0ONCALL', channelId: null };
    expect(JSON.stringify(incidentMessage(incident(), extras).blocks)).toContain('<!subteam^S0ONCALL>');
    for (const over of [{ severity: 'warning' }, { state: 'resolved' }] as const) {
      expect(JSON.stringify(incidentMessage(incident(over), extras).blocks)).not.toContain('subteam');
    }
  });

  it.each([
    [NOW + 3_600_000, 'Snoozed until <!date^'],
    [8.64e15, 'Snoozed until resolved'],
    [null, 'Snoozed until resolved'],
  ])('says how long it is snoozed: %s', (snoozedUntil, expected) => {
    expect(JSON.stringify(incidentMessage(incident({ state: 'snoozed', snoozedUntil })).blocks)).toContain(expected);
  });

  it('shows the picture with its alt text, and earlier incidents', () => {
    const extras = {
      seenBefore: 'Seen before: 3 times since Tuesday.',
      picture: pictureBlocks({ altText: 'Slots used per worker before it opened.', chart: null }, 'F0123456789'),
      channelId: 'C0INCNGINX1',
      mentionUserGroup: null,
    };
    const shown = JSON.stringify(incidentMessage(incident(), extras).blocks);
    expect(shown).toContain('"slack_file":{"id":"F0123456789"}');
    expect(shown).toContain('"alt_text":"Slots used per worker before it opened.');
    expect(shown).toContain('Seen before: 3 times since Tuesday.');
  });
});

describe('a thread note', () => {
  it('is one line with time and kind', () => {
    const { text, blocks } = threadNote(change('worse', {}, 'now 40 per second'), 'web-1: ');
    expect(text).toBe('12:00:00 UTC · web-1: Worse: now 40 per second');
    expect(blocks).toHaveLength(1);
  });
});

describe('a note about people', () => {
  it.each([
    ['acknowledged', 'Acknowledged by U0LOCALANA.', '12:00:00 UTC · Acknowledged by <@U0LOCALANA>.'],
    ['snoozed', 'Snoozed by U0LOCALANA for 1 h.', '12:00:00 UTC · Snoozed by <@U0LOCALANA> for 1 h.'],
    [
      'resolved',
      'Resolved by U0LOCALANA.',
      '12:00:00 UTC · Resolved by <@U0LOCALANA>. After 2 min: 730 clients lost, at most 14 per second.',
    ],
  ] as const)('names them: %s', (kind, text, expected) => {
    expect(threadNote(change(kind, {}, text)).blocks).toMatchObject([{ text: { type: 'mrkdwn', text: expected } }]);
  });

  it('takes no name from a log line', () => {
    for (const kind of ['worse', 'opened', 'resolved', 'cause-changed'] as const) {
      const { blocks } = threadNote(change(kind, {}, 'GET /by U0LOCALANA <@U0LOCALANA> by U0LOCALANA'));
      expect(blocks).toMatchObject([{ text: { type: 'plain_text' } }]);
    }
  });
});

describe('parseActionValue', () => {
  it.each(['', 'inc-1', 'inc-1|x', 'inc-1|1|a b', '<!channel>|1', 'inc-1|1|15|more'])('refuses %j', (value) => {
    expect(parseActionValue(value)).toBeNull();
  });
});
