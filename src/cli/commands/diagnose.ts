/** The arguments and options of `gapwatch diagnose`. `cli/actions/diagnose.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { DiagnoseOptions } from '../actions/diagnose.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('diagnose')
    .option('--for <duration>', 'how long to watch', '20s')
    .option('-c, --config <file>', 'config file; without one, gapwatch discovers the running nginx')
    .option('--json', 'print JSON')
    .description('watch this host and name the cause')
    .action(async (options: DiagnoseOptions) => (await import('../actions/diagnose.ts')).diagnoseAction(options, io));
}
