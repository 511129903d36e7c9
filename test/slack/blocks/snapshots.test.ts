/** Every message and view of an incident's life as Slack receives it. A change here is visible to people. */
import { describe, expect, it } from 'vitest';
import { CANNOT_TELL } from '../../../src/diagnose/cannot-tell.ts';
import { checkAnswer, checksTable, fleetTable, recheckAnswer } from '../../../src/slack/blocks/checks.ts';
import { evidenceModal, loadingModal, missingModal, whyAnswer } from '../../../src/slack/blocks/differential.ts';
import { helpAnswer, refusal, unknownAnswer } from '../../../src/slack/blocks/help.ts';
import { homeView } from '../../../src/slack/blocks/home-view.ts';
import { incidentMessage } from '../../../src/slack/blocks/incident.ts';
import { incidentList, stormMessage } from '../../../src/slack/blocks/incident-list.ts';
import { withMutes } from '../../../src/slack/blocks/mutes.ts';
import { pictureBlocks } from '../../../src/slack/blocks/picture.ts';
import { reportMessage } from '../../../src/slack/blocks/report.ts';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { wordsOf } from '../../../src/slack/commands/words.ts';
import { CHECKS, CONTRACT_CHECKS } from '../../support/checks.ts';
import { change, diagnosis, incident, NOW } from '../support/incident.ts';
import { check, report } from '../support/ports.ts';

const mute = { host: null, cause: 'slow-upstream', until: NOW, by: 'U0ANA', reason: 'deploy' };
const words = wordsOf(CHECKS.filter(({ id }) => CONTRACT_CHECKS.includes(id)));
const results = CONTRACT_CHECKS.map((id) => check({ check: id, status: id === 'slots' ? 'critical' : 'ok' }));
const home = {
  hosts: [{ host: 'web-1', workers: [{ pid: 4711, used: 512, limit: 512 }] }],
  incidents: [incident()],
  blindSpots: [{ what: 'warn lines', remedy: 'error_log … warn;' }],
  mutes: [mute],
  nextDigestAt: NOW,
  asOf: NOW,
};
const untold = diagnosis({
  verdict: 'cannot-tell',
  cause: null,
  alsoPresent: [],
  summary: 'Clients are being lost (resets), and no evidence shows why.',
  evidenceFor: [],
  fixes: [],
  doNot: [],
  nextChecks: ['slots', 'backlog'],
});
const chart = {
  title: 'Daily peak',
  yLabel: '%',
  categories: ['20 Nov', '21 Nov'],
  series: [{ name: 'Peak', values: [60, 72] }],
};
const extras = {
  seenBefore: 'Seen before: 3 times since Tuesday.',
  picture: pictureBlocks({ altText: 'Slots used per worker before it opened.', chart: null }, 'F0123456789'),
  channelId: 'C0INCNGINX1',
  mentionUserGroup: 'S0ONCALL',
};

describe('the content sent to Slack', () => {
  it.each([
    ['incident-open', incidentMessage(incident())],
    ['incident-open-in-full', incidentMessage(incident(), extras)],
    [
      'incident-acknowledged',
      incidentMessage(incident({ rev: 2, state: 'acknowledged', acknowledgedBy: 'U0ANA', acknowledgedAt: NOW })),
    ],
    ['incident-snoozed', incidentMessage(incident({ rev: 3, state: 'snoozed', snoozedUntil: NOW }))],
    ['incident-renamed', incidentMessage(incident({ rev: 4, formerCauses: [{ cause: 'fd-leak', until: NOW }] }))],
    ['incident-resolved', incidentMessage(incident({ rev: 5, state: 'resolved', resolvedAt: NOW }))],
    [
      'thread-note',
      threadNote(change('cause-changed', {}, 'from FD leak to slow upstream: descriptors are free again')),
    ],
    [
      'storm',
      stormMessage([incident(), incident({ id: 'inc-2', host: 'web-2', state: 'resolved', resolvedAt: NOW })], NOW),
    ],
    [
      'evidence-modal',
      evidenceModal({
        incident: incident(),
        about: { means: 'A backend is slow.', fix: 'Give it up sooner.' },
        excerpts: ['a log line'],
        excerptsFrom: NOW - 180_000,
        story: [{ at: NOW, text: 'opened' }],
      }),
    ],
    [
      'evidence-modal-cannot-tell',
      evidenceModal({
        incident: incident({ cause: 'cannot-tell', diagnosis: untold }),
        about: CANNOT_TELL,
        excerpts: [],
        excerptsFrom: NOW - 60_000,
        story: [],
      }),
    ],
    ['loading-modal', loadingModal()],
    ['missing-modal', missingModal()],
    ['check', checkAnswer(check(), 'web-1')],
    ['checks', checksTable(results, 'web-1')],
    [
      'checks-of-many-hosts',
      fleetTable([
        { host: 'web-1', results },
        { host: 'web-2', results: [] },
      ]),
    ],
    ['summary-while-muted', withMutes(checksTable(results, 'web-1', 'All is well.'), [mute])],
    ['why', whyAnswer(diagnosis(), 'web-1')],
    [
      'why-healthy',
      whyAnswer(
        diagnosis({
          verdict: 'healthy',
          cause: null,
          evidenceFor: [],
          ruledOut: [],
          fixes: [],
          doNot: [],
          alsoPresent: [],
        }),
        'web-1',
      ),
    ],
    ['incidents', incidentList([incident()], NOW)],
    ['no-incidents', incidentList([], NOW)],
    [
      'recheck',
      recheckAnswer(
        { text: 'Still slow-upstream.', since: NOW, changes: ['fds: critical → ok. 12 of 1024.'], results },
        'web-1',
      ),
    ],
    ['report', reportMessage(report('Digest'))],
    ['report-with-chart', reportMessage({ ...report('Digest'), altText: 'Peaks of two days.', chart })],
    ['report-with-picture', reportMessage(report('Digest'), 'F0123456789')],
    ['help', helpAnswer(words)],
    ['unknown-word', unknownAnswer('“slotz” is neither a word nor a host I know', 'slots', words)],
    ['refusal', refusal('Only users of slack.allow.users may do this.')],
    ['home', homeView(home)],
  ])('%s', async (name, rendered) => {
    await expect(`${JSON.stringify(rendered, null, 1)}\n`).toMatchFileSnapshot(`fixtures/${name}.json`);
  });
});
