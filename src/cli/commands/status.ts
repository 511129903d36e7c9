/** The arguments and options of `gapwatch status`. `cli/actions/status.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import { checkIds } from '../../service/load-checks.ts';
import type { StatusOptions } from '../actions/status.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('status')
    .argument('[check...]', `${checkIds().join(', ')}; without one, all`)
    .option('-c, --config <file>', 'config file; without one, gapwatch discovers the running nginx')
    .option('--json', 'print JSON')
    .description('run the quick checks once, worst first')
    .action(async (checks: string[], options: StatusOptions) =>
      (await import('../actions/status.ts')).statusAction(checks, options, io),
    );
}
