/** The arguments and options of `gapwatch follow`. `cli/actions/follow.ts` does the work, loaded when called. */
import type { Command } from 'commander';
import type { FollowOptions } from '../actions/follow.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('follow')
    .summary('print the lines of log files as they are written')
    .description('Prints the bytes of every line as it is written, through every kind of rotation, and nothing else.')
    .argument('<file...>', 'log files; one that is absent or unreadable is waited for')
    .option('--state <dir>', 'keep the position here and go on from it at the next start')
    .option('--from-start', 'with no saved position, begin at the start of the file instead of its end')
    .action(async (files: string[], options: FollowOptions) =>
      (await import('../actions/follow.ts')).followAction(files, options, io),
    );
}
