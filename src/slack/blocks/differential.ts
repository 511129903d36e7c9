/** Renders `why`, the full diagnosis with the causes ruled out, and the evidence modal of an incident. */
import type { types } from '@slack/bolt';
import type { Diagnosis } from '../../core/diagnosis.ts';
import type { EvidenceView } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks, LIMITS } from './limits.ts';
import { bullets, code, context, date, fallback, header, mrkdwn, paragraph, plain, table, utcMinute } from './text.ts';
import { causeTitle, incidentTitle, losingWords } from './words.ts';

const VERDICTS: Readonly<Record<Diagnosis['verdict'], string>> = {
  named: 'Named',
  healthy: 'Healthy',
  'cannot-tell': 'Cannot tell',
};

function observed({ evidenceFor, notObservable }: Diagnosis): Block[] {
  const blocks: Block[] = [];
  if (evidenceFor.length > 0)
    blocks.push(
      bullets(
        'Evidence for it',
        evidenceFor.map(({ text }) => text),
      ),
    );
  if (notObservable.length > 0) {
    blocks.push(
      bullets(
        'What could not be observed',
        notObservable.map(({ what, because, remedy }) => `${what}: ${because}. Remedy: ${remedy}`),
      ),
    );
  }
  return blocks;
}

const ruledOutRows = ({ ruledOut }: Diagnosis): string[][] => [
  ['Ruled out', 'Because'],
  ...ruledOut.map(({ cause, because }) => [causeTitle(cause), because]),
];

function fixes({ fixes: list, doNot }: Diagnosis): Block[] {
  const snippets = list.slice(0, 3).map((fix) => {
    const place = fix.file === null ? '' : ` (${fix.file}${fix.line === null ? '' : `:${fix.line}`})`;
    return code(`Fix: ${fix.title}${place}`, fix.snippet);
  });
  return doNot.length === 0 ? snippets : [...snippets, bullets('Counter-advice', doNot)];
}

/** The answer to `/nginx-status why`. */
export function whyAnswer(diagnosis: Diagnosis, host: string): Rendered {
  const what = diagnosis.cause === null ? VERDICTS[diagnosis.verdict] : causeTitle(diagnosis.cause);
  const title = `${what} on ${host}`;
  const asOf = Date.parse(diagnosis.asOf);
  const blocks = [
    header(title),
    paragraph(diagnosis.summary),
    context(
      mrkdwn`Confidence: ${diagnosis.confidence} · Losing: ${losingWords(diagnosis.losing)}`,
      Number.isNaN(asOf) ? 'As of an unknown time' : mrkdwn`As of ${date(asOf)}`,
      ...(diagnosis.alsoPresent.length === 0
        ? []
        : [`Also present: ${diagnosis.alsoPresent.map(causeTitle).join(', ')}`]),
    ),
    ...observed(diagnosis),
    ...(diagnosis.ruledOut.length === 0 ? [] : [table(ruledOutRows(diagnosis))]),
    ...fixes(diagnosis),
    ...nextBlocks(diagnosis),
  ];
  return { text: fallback(`${title}. ${diagnosis.summary}`), blocks: fitBlocks(blocks) };
}

type Modal = types.ModalView;

function modal(blocks: readonly Block[]): Modal {
  return {
    type: 'modal',
    title: plain('Evidence', LIMITS.modalTitle),
    close: plain('Close', LIMITS.modalTitle),
    blocks: fitBlocks(blocks, 'view'),
  };
}

/** Opened within the 3 s of the trigger; `evidenceModal` then replaces it. */
export const loadingModal = (): Modal => modal([paragraph('Collecting the evidence…')]);
export const missingModal = (): Modal =>
  modal([
    paragraph(
      'This incident is no longer in the store, so its evidence is gone. /nginx-status incidents lists the current ones.',
    ),
  ]);

/** Without a fix for this host the general one is shown. */
function aboutBlocks({ incident, about }: EvidenceView): Block[] {
  if (about === null) return [];
  const means = bullets('What this is', [about.means]);
  return incident.diagnosis.fixes.length > 0 ? [means] : [means, bullets('What to do', sentences(about.fix))];
}

const sentences = (text: string): string[] => text.split(/(?<=\.) (?=[A-Z])/);

/** Says how far back the lines reach, so that a discarded line is not taken for one that was never written. */
function logBlocks({ incident, excerpts, excerptsFrom }: EvidenceView): Block[] {
  const reach = excerptsFrom > incident.openedAt ? `; earlier lines are no longer kept` : '';
  if (excerpts.length === 0) return [context(`No log line of this incident since ${utcMinute(excerptsFrom)}${reach}.`)];
  return [code(`From the logs since ${utcMinute(excerptsFrom)}${reach}`, excerpts.slice(-20).join('\n'))];
}

const nextBlocks = ({ nextChecks }: Diagnosis): Block[] =>
  nextChecks.length === 0 ? [] : [context(...nextChecks.map((check) => mrkdwn`Next: \`/nginx-status ${check}\``))];

/** Modals accept no `table`, so the ruled-out causes are a list. */
export function evidenceModal(view: EvidenceView): Modal {
  const { incident, story } = view;
  const { diagnosis } = incident;
  const samples = diagnosis.evidenceFor.map(
    ({ signal, value, unit, threshold }) =>
      `${signal} = ${value}${unit === null ? '' : ` ${unit}`}${threshold === null ? '' : ` (threshold ${threshold})`}`,
  );
  return modal([
    header(incidentTitle(incident)),
    paragraph(diagnosis.summary),
    ...aboutBlocks(view),
    ...observed(diagnosis),
    ...(samples.length === 0 ? [] : [code('Samples', samples.join('\n'))]),
    ...logBlocks(view),
    ...(diagnosis.ruledOut.length === 0
      ? []
      : [
          bullets(
            'Ruled out',
            diagnosis.ruledOut.map(({ cause, because }) => `${causeTitle(cause)}: ${because}`),
          ),
        ]),
    ...(story.length === 0
      ? []
      : [
          bullets(
            'History',
            story.slice(-20).map(({ at, text }) => `${new Date(at).toISOString().slice(11, 19)} UTC: ${text}`),
          ),
        ]),
    ...nextBlocks(diagnosis),
    context(mrkdwn`As of ${date(incident.changedAt)} · ${incident.id}`),
  ]);
}
