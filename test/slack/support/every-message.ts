/** Puts one text into every place of every message and view, as a log, a URL, a host or a config could. */
import type { Diagnosis } from '../../../src/core/diagnosis.ts';
import type { CheckResult } from '../../../src/core/report.ts';
import type { Block } from '../../../src/slack/blocks/block.ts';
import { checkAnswer, checksTable, recheckAnswer } from '../../../src/slack/blocks/checks.ts';
import { evidenceModal, whyAnswer } from '../../../src/slack/blocks/differential.ts';
import { homeView } from '../../../src/slack/blocks/home-view.ts';
import { incidentMessage } from '../../../src/slack/blocks/incident.ts';
import { incidentList, stormMessage } from '../../../src/slack/blocks/incident-list.ts';
import { pictureBlocks } from '../../../src/slack/blocks/picture.ts';
import { reportMessage } from '../../../src/slack/blocks/report.ts';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { diagnosis, incident, NOW } from './incident.ts';
import type { Shown } from './judge-blocks.ts';

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

/** Each message is rendered when it is called. */
export function messagesOf(text: string): readonly (() => Shown)[] {
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
  const message = (render: () => { text: string; blocks: readonly Block[] }) => (): Shown => ({
    ...render(),
    surface: 'message',
  });
  const view = (render: () => { blocks: unknown }, surface: 'modal' | 'home') => (): Shown => ({
    text: '',
    blocks: render().blocks as Block[],
    surface,
  });
  return [
    message(() =>
      incidentMessage(bad, {
        seenBefore: text,
        picture: pictureBlocks(picture, 'F0123456789'),
        mentionUserGroup: null,
        channelId: text,
      }),
    ),
    message(() => incidentMessage({ ...bad, state: 'resolved' })),
    message(() => threadNote({ kind: 'worse', at: NOW, incident: bad, text })),
    message(() => checkAnswer(check, text)),
    message(() => checksTable(Array(15).fill(check), text)),
    message(() => whyAnswer(told, text)),
    message(() => incidentList(Array(60).fill(bad), NOW)),
    message(() => stormMessage(Array(60).fill(bad), NOW)),
    message(() => reportMessage(report)),
    message(() => reportMessage({ ...report, altText: text, chart: picture.chart })),
    message(() =>
      recheckAnswer({ text, since: NOW, changes: Array(40).fill(text), results: Array(15).fill(check) }, text),
    ),
    view(
      () =>
        evidenceModal({
          incident: bad,
          about: { means: text, fix: text },
          excerpts: Array(40).fill(text),
          excerptsFrom: NOW,
          story: [{ at: NOW, text }],
        }),
      'modal',
    ),
    view(() => homeView(home), 'home'),
  ];
}

export const renderAll = (text: string): Shown[] => messagesOf(text).map((render) => render());
