/** Whatever a log line, a URL, a host name or a config says: nothing pings, links or leaks, and every limit holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { CheckResult } from '../../../src/core/report.ts';
import type { Block } from '../../../src/slack/blocks/block.ts';
import { checkAnswer, checksTable, recheckAnswer } from '../../../src/slack/blocks/checks.ts';
import { evidenceModal, whyAnswer } from '../../../src/slack/blocks/differential.ts';
import { homeView } from '../../../src/slack/blocks/home-view.ts';
import { incidentMessage } from '../../../src/slack/blocks/incident.ts';
import { incidentList, stormMessage } from '../../../src/slack/blocks/incident-list.ts';
import { LIMITS, textLength } from '../../../src/slack/blocks/limits.ts';
import { pictureBlocks } from '../../../src/slack/blocks/picture.ts';
import { reportMessage } from '../../../src/slack/blocks/report.ts';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { checkBlocks } from '../../../src/workbench/block-kit/check-blocks.ts';
import type { Surface } from '../../../src/workbench/block-kit/surface.ts';
import { diagnosis, incident, NOW } from '../support/incident.ts';

/** The gate is the same for everybody; a new seed is a new search. */
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

function hostileDiagnosis(text: string): Diagnosis {
  const item = { signal: text, value: text, unit: text, threshold: 1, text, at: text };
  const fix = {
    title: text,
    directive: text,
    from: text,
    to: text,
    file: text,
    line: 1,
    snippet: text,
    effect: text,
    risk: text,
  };
  return diagnosis({
    summary: text,
    cause: text,
    alsoPresent: Array(5).fill(text),
    losing: { now: true, perSecond: 1, total: 1, how: text },
    since: text,
    asOf: text,
    evidenceFor: Array(30).fill(item),
    ruledOut: Array(40).fill({ cause: text, because: text }),
    notObservable: Array(10).fill({ what: text, because: text, remedy: text }),
    fixes: Array(5).fill(fix),
    doNot: Array(5).fill(text),
    nextChecks: Array(12).fill(text),
  });
}

function renderAll(text: string): { text: string; blocks: readonly Block[]; most: number; surface: Surface }[] {
  const told = hostileDiagnosis(text);
  const bad = incident({ host: text, cause: text, diagnosis: told, state: 'acknowledged', acknowledgedBy: text });
  const check: CheckResult = {
    check: 'slots',
    status: 'critical',
    text,
    values: { [text]: text, list: [text] },
    asOf: '2026-11-21T12:00:00.000Z',
    ageMs: 1,
    equivalent: text,
  };
  const report = {
    title: text,
    lead: text,
    lines: Array(60).fill(text),
    table: Array(150).fill([text, text]),
    snippet: text,
    footnotes: Array(20).fill(text),
  };
  const home = {
    hosts: [{ host: text, workers: [{ pid: 1, used: 1, limit: null }] }],
    incidents: Array(40).fill(bad),
    blindSpots: Array(30).fill({ what: text, remedy: text }),
    mutes: [{ host: text, cause: text, until: NOW, by: text, reason: text }],
    nextDigestAt: NOW,
    asOf: NOW,
  };
  const chart = {
    title: text,
    yLabel: text,
    categories: ['a', 'b', text],
    series: [{ name: text, values: [1, 2, null] }],
  };
  const picture = { altText: text, chart };
  const message = (rendered: { text: string; blocks: readonly Block[] }) => ({
    ...rendered,
    most: LIMITS.messageBlocks,
    surface: 'message' as const,
  });
  const view = (blocks: unknown, surface: 'modal' | 'home') => ({
    text: '',
    blocks: blocks as Block[],
    most: LIMITS.viewBlocks,
    surface,
  });
  return [
    message(
      incidentMessage(bad, {
        seenBefore: text,
        picture: pictureBlocks(picture, 'F0123456789'),
        mentionUserGroup: null,
        channelId: text,
      }),
    ),
    message(incidentMessage({ ...bad, state: 'resolved' })),
    message(threadNote({ kind: 'worse', at: NOW, incident: bad, text })),
    message(checkAnswer(check, text)),
    message(checksTable(Array(15).fill(check), text)),
    message(whyAnswer(told, text)),
    message(incidentList(Array(60).fill(bad), NOW)),
    message(stormMessage(Array(60).fill(bad), NOW)),
    message(reportMessage(report)),
    message(reportMessage({ ...report, altText: text, chart: picture.chart })),
    message(recheckAnswer({ text, since: NOW, changes: Array(40).fill(text), results: Array(15).fill(check) }, text)),
    view(
      evidenceModal({
        incident: bad,
        about: { means: text, fix: text },
        excerpts: Array(40).fill(text),
        excerptsFrom: NOW,
        story: [{ at: NOW, text }],
      }).blocks,
      'modal',
    ),
    view(homeView(home).blocks, 'home'),
  ];
}

/** Calls `visit` with every text object and its block's type. */
function texts(node: unknown, visit: (type: string, text: string) => void): void {
  if (Array.isArray(node)) for (const part of node) texts(part, visit);
  else if (typeof node === 'object' && node !== null) {
    const { type, text } = node as { type?: unknown; text?: unknown };
    if (typeof text === 'string') visit(String(type), text);
    for (const part of Object.values(node)) if (typeof part === 'object') texts(part, visit);
  }
}

const OURS = /<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+UTC>/g;

function judge(block: Block): void {
  if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(LIMITS.headerText);
  if (block.type === 'section') {
    expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(LIMITS.sectionText);
    expect(block.fields?.length ?? 0).toBeLessThanOrEqual(LIMITS.fields);
    for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(LIMITS.fieldText);
  }
  if (block.type === 'context') {
    expect(block.elements.length).toBeGreaterThan(0);
    expect(block.elements.length).toBeLessThanOrEqual(LIMITS.contextElements);
  }
  if (block.type === 'table') expect(block.rows.length).toBeLessThanOrEqual(LIMITS.tableRows);
  texts(block, (type, text) => {
    expect(text.length).toBeGreaterThan(0);
    // mrkdwn is the only type in which Slack parses anything.
    if (type === 'mrkdwn') expect(text.replace(OURS, '')).not.toMatch(/[<>]/);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
}

describe('hostile text', () => {
  it('neither pings nor links nor leaks nor breaks a limit, in any message or view', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const { text: fallbackText, blocks, most, surface } of renderAll(text)) {
          expect(blocks.length).toBeLessThanOrEqual(most);
          expect(textLength(blocks)).toBeLessThanOrEqual(LIMITS.allText);
          expect(fallbackText).not.toMatch(/[<>]/);
          expect(fallbackText.length).toBeLessThanOrEqual(LIMITS.fallbackText * 5);
          for (const secret of SECRETS) expect(fallbackText).not.toContain(secret);
          for (const block of blocks) judge(block);
          expect(checkBlocks(blocks, surface, { isImageFile: () => true })).toEqual([]);
        }
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
      const { blocks, text } = threadNote({ kind: 'worse', at: NOW, incident: incident(), text: line });
      expect(text).not.toMatch(/[<>]/);
      for (const block of blocks) judge(block);
    }
  });

  it('sets verbatim on every mrkdwn text, so that Slack links nothing by itself', () => {
    const shown = JSON.stringify(renderAll('https://evil.example #general @here').map(({ blocks }) => blocks));
    expect(shown.split('"type":"mrkdwn"').length).toBeGreaterThan(5);
    expect(shown.split('"type":"mrkdwn"').length).toBe(shown.split('"verbatim":true').length);
  });
});
