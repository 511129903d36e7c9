/** `gapwatch explain [CAUSE]`: the page of one cause and how to see it happen, or the list of all. */
import type { Command } from 'commander';
import { nearestWord } from '../../config/nearest-word.ts';
import { GapwatchError } from '../../core/errors.ts';
import { loadScenarios } from '../../demo/lab/catalogue.ts';
import { CANNOT_TELL, type CausePage } from '../../diagnose/cannot-tell.ts';
import { loadCauses } from '../../service/load-causes.ts';
import type { Io } from '../io.ts';

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
    ...(cause.consequences.length > 0 ? ['', `What follows from it: ${cause.consequences.join(', ')}`] : []),
    '',
    'What mends it',
    `  ${cause.fix}`,
    ...(demos.length > 0 ? ['', 'See it happen', ...demos.map((id) => `  gapwatch demo ${id}`)] : []),
    ...(cause.references.length > 0 ? ['', 'Sources', ...cause.references.map((reference) => `  ${reference}`)] : []),
    '',
  ].join('\n');
}

export function register(program: Command, io: Io): void {
  program
    .command('explain')
    .argument('[cause]', 'cause id; without one, all are listed')
    .option('--json', 'print JSON')
    .description(
      'explain a cause: what it is, how it looks, how it differs from its neighbours, what mends it, sources',
    )
    .action(async (id: string | undefined, options: { json?: boolean }) => {
      const causes: readonly CausePage[] = [...(await loadCauses()), CANNOT_TELL];
      if (id === undefined) {
        const rows = causes.map((cause) => `${cause.id.padEnd(24)} ${cause.title}`);
        io.stdout.write(options.json ? `${JSON.stringify(causes)}\n` : `${rows.join('\n')}\n`);
        return;
      }
      const cause = causes.find((one) => one.id === id);
      if (cause === undefined) {
        const near = nearestWord(
          id,
          causes.map((one) => one.id),
        );
        throw new GapwatchError('USAGE', `there is no cause ${id}`, {
          hint: near === null ? 'Run `gapwatch explain` for the list.' : `Did you mean ${near}?`,
        });
      }
      const demos = (await loadScenarios()).filter(({ expected }) => expected.cause === id).map((demo) => demo.id);
      io.stdout.write(options.json ? `${JSON.stringify({ ...cause, demos })}\n` : page(cause, demos));
    });
}
