/** The arguments and options of `gapwatch explain`. `cli/actions/explain.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { ExplainOptions } from '../actions/explain.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('explain')
    .argument('[cause]', 'cause id; without one, all are listed')
    .option('--json', 'print JSON')
    .description('explain a cause: what it is, its signs, how it differs from similar causes, how to fix it, sources')
    .action(async (cause: string | undefined, options: ExplainOptions) =>
      (await import('../actions/explain.ts')).explainAction(cause, options, io),
    );
}
