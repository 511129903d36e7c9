/** `why`: the whole differential of a diagnosis, and the modal that shows the evidence of an incident. */
import type { types } from '@slack/bolt';
import type { Diagnosis } from '../../core/diagnosis.ts';
import type { EvidenceView } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { incidentTitle } from './incident.ts';
import { fitBlocks, LIMITS } from './limits.ts';
import { bullets, code, context, date, fallback, header, mrkdwn, paragraph, plain, table } from './text.ts';
import { causeTitle, losingWords } from './words.ts';

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
        'What speaks for it',
        evidenceFor.map(({ text }) => text),
      ),
    );
  if (notObservable.length > 0) {
    blocks.push(
      bullets(
        'What could not be observed',
        notObservable.map(({ what, because, remedy }) => `${what}: ${because}. Mend: ${remedy}`),
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
    ...(diagnosis.nextChecks.length === 0
      ? []
      : [context(...diagnosis.nextChecks.map((check) => mrkdwn`Next: \`/nginx-status ${check}\``))]),
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

/** Opened within the 3 s a trigger lives; `evidenceModal` then takes its place. */
export const loadingModal = (): Modal => modal([paragraph('Collecting the evidence…')]);
export const missingModal = (): Modal =>
  modal([
    paragraph(
      'This incident is no longer in the store, so its evidence is gone. /nginx-status incidents lists the ones that are.',
    ),
  ]);

/** Modals take no `table`, so what was ruled out is a list here. */
export function evidenceModal({ incident, excerpts, story }: EvidenceView): Modal {
  const { diagnosis } = incident;
  const samples = diagnosis.evidenceFor.map(
    ({ signal, value, unit, threshold }) =>
      `${signal} = ${value}${unit === null ? '' : ` ${unit}`}${threshold === null ? '' : ` (threshold ${threshold})`}`,
  );
  return modal([
    header(incidentTitle(incident)),
    paragraph(diagnosis.summary),
    ...observed(diagnosis),
    ...(samples.length === 0 ? [] : [code('Samples', samples.join('\n'))]),
    ...(excerpts.length === 0 ? [] : [code('From the logs', excerpts.slice(-20).join('\n'))]),
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
            'The story so far',
            story.slice(-20).map(({ at, text }) => `${new Date(at).toISOString().slice(11, 19)} UTC: ${text}`),
          ),
        ]),
    context(mrkdwn`As of ${date(incident.changedAt)} · ${incident.id}`),
  ]);
}
