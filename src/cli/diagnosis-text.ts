/** Formats a diagnosis for a terminal: conclusion, evidence, fixes. Log text is redacted and escaped. */
import type { Diagnosis, Fix } from '../core/diagnosis.ts';
import { redact } from '../core/redact.ts';
import { EXIT } from './io.ts';
import { withoutControls } from './terminal.ts';

/** Log text can contain terminal escapes and secrets, and people paste terminal output into tickets. */
export const terminalSafe = (text: string): string => withoutControls(redact(text));

function fixLines(fix: Fix): string[] {
  const place = fix.file === null ? '' : `  # ${fix.file}${fix.line === null ? '' : `:${fix.line}`}`;
  const snippet = fix.snippet.split('\n').map((line, index) => `      ${line}${index === 0 ? place : ''}`);
  return [`  ${fix.title}`, ...snippet, `      effect: ${fix.effect}`, `      risk: ${fix.risk}`];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** The text is safe for a terminal and ends in a newline. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { verdict, cause, confidence, severity, losing } = diagnosis;
  const title = verdict === 'named' ? `${cause} (${severity}, ${confidence})` : verdict;
  const loss = losing.now
    ? `Losing ${losing.perSecond > 0 ? `about ${losing.perSecond.toFixed(1)} clients a second` : 'clients'}${losing.total > 0 ? ` (${losing.total} so far)` : ''}: ${losing.how}.`
    : null;
  const since = diagnosis.since === null ? '' : `, since ${diagnosis.since}`;
  return `${[
    `${title}${since}`,
    `  ${diagnosis.summary}`,
    ...(loss === null ? [] : [`  ${loss}`]),
    ...(diagnosis.alsoPresent.length === 0 ? [] : [`  Also present: ${diagnosis.alsoPresent.join(', ')}.`]),
    ...section(
      'Why',
      diagnosis.evidenceFor.map((item) => `  ${item.at.slice(11, 19)} ${item.text}`),
    ),
    ...section('Fix', diagnosis.fixes.flatMap(fixLines)),
    ...section(
      'Counter-advice',
      diagnosis.doNot.map((text) => `  ${text}`),
    ),
    ...section(
      'Ruled out',
      diagnosis.ruledOut.map(({ cause: other, because }) => `  ${other}: ${because}`),
    ),
    ...section(
      'Could not be observed',
      diagnosis.notObservable.map(
        ({ what, because, remedy }) =>
          `  ${`${what}: ${because}`.replaceAll('\n', '\n      ')}\n      ${remedy.replaceAll('\n', '\n      ')}`,
      ),
    ),
    ...(diagnosis.nextChecks.length === 0 ? [] : ['', `Next check: gapwatch status ${diagnosis.nextChecks.join(' ')}`]),
  ]
    .map(terminalSafe)
    .join('\n')}\n`;
}

/** The exit code of a diagnosis in the convention of monitoring plugins. */
export function diagnosisExit({ verdict, severity }: Diagnosis): number {
  if (verdict === 'healthy') return EXIT.ok;
  if (verdict === 'cannot-tell') return EXIT.unknown;
  return severity === 'critical' ? EXIT.critical : severity === 'warning' ? EXIT.warning : EXIT.ok;
}

/** One line: time, verdict, summary. */
export function summaryLine({ asOf, verdict, cause, severity, summary }: Diagnosis): string {
  const what = verdict === 'named' ? `${severity}: ${cause}` : verdict;
  return terminalSafe(`${asOf.slice(11, 19)} ${what}: ${summary}`);
}
