/** The arguments and options of `gapwatch replay`. `cli/actions/replay.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { ReplayOptions } from '../actions/replay.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('replay')
    .argument('<bundle>', 'folder or .tar.gz from `gapwatch bundle`; each file in it is optional')
    .option('-c, --config <file>', 'config file (thresholds, patterns)')
    .option('--json', 'print JSON')
    .description('diagnose recorded evidence; needs no nginx and no network')
    .action(async (bundle: string, options: ReplayOptions) =>
      (await import('../actions/replay.ts')).replayAction(bundle, options, io),
    );
}
