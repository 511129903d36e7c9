/** `gapwatch explain [CAUSE]`: prints the page of one cause and its demo, or the list of all causes. */
import { nearestWord } from '../../config/nearest-word.ts';
import { GapwatchError } from '../../core/errors.ts';
import { loadScenarios } from '../../demo/lab/catalogue.ts';
import { CANNOT_TELL, type CausePage } from '../../diagnose/cannot-tell.ts';
import { loadCauses } from '../../service/load-causes.ts';
import type { Io } from '../io.ts';

export interface ExplainOptions {
  readonly json?: boolean;
}

function page(cause: CausePage, demos: readonly string[]): string {
  const neighbours = cause.differsFrom.map(({ cause: other, how }) => `  ${other}: ${how}`);
  return [
    `${cause.id}: ${cause.title}`,
    '',
    cause.means,
    '',
    'How it looks',
    `  ${cause.looksLike}`,
    ...(neighbours.length > 0 ? ['', 'How it differs', ...neighbours] : []),
    ...(cause.consequences.length > 0 ? ['', `Symptoms that follow: ${cause.consequences.join(', ')}`] : []),
    '',
    'How to fix it',
    `  ${cause.fix}`,
    ...(demos.length > 0 ? ['', 'See it happen', ...demos.map((id) => `  gapwatch demo ${id}`)] : []),
    ...(cause.references.length > 0 ? ['', 'Sources', ...cause.references.map((reference) => `  ${reference}`)] : []),
    '',
  ].join('\n');
}

export async function explainAction(cause: string | undefined, options: ExplainOptions, io: Io): Promise<void> {
  const causes: readonly CausePage[] = [...(await loadCauses()), CANNOT_TELL];
  if (cause === undefined) {
    const rows = causes.map(({ id, title }) => `${id.padEnd(24)} ${title}`);
    io.stdout.write(options.json ? `${JSON.stringify(causes)}\n` : `${rows.join('\n')}\n`);
    return;
  }
  const found = causes.find((one) => one.id === cause);
  if (found === undefined) {
    const near = nearestWord(
      cause,
      causes.map((one) => one.id),
    );
    throw new GapwatchError('USAGE', `there is no cause ${cause}`, {
      hint: near === null ? 'Run `gapwatch explain` for the list.' : `Did you mean ${near}?`,
    });
  }
  const demos = (await loadScenarios()).filter(({ expected }) => expected.cause === cause).map((demo) => demo.id);
  io.stdout.write(options.json ? `${JSON.stringify({ ...found, demos })}\n` : page(found, demos));
}
