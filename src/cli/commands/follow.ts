/** The arguments and options of `gapwatch follow`. `cli/actions/follow.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { FollowOptions } from '../actions/follow.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('follow')
    .summary('print the lines of log files as they are written')
    .description('Prints each line as it is written, across all kinds of log rotation.')
    .argument('<file...>', 'log files; waits for a file that is absent or unreadable')
    .option('--state <dir>', 'save positions here and continue from them at the next start')
    .option('--from-start', 'without a saved position, start at the beginning of the file instead of its end')
    .action(async (files: string[], options: FollowOptions) =>
      (await import('../actions/follow.ts')).followAction(files, options, io),
    );
}
