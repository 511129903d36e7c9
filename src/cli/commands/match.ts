/** The arguments and options of `gapwatch match`. `cli/actions/match.ts` does the work, loaded when called. */
import type { Command } from 'commander';
import type { MatchOptions } from '../actions/match.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('match')
    .summary('print the log lines that the pattern catalogue knows')
    .description(
      'Prints `<pattern id><tab><line>` for each log line that matches. Only text that nginx itself wrote counts.',
    )
    .argument('[file...]', 'logs, plain or gzip; `-` or nothing: standard input')
    .option('--count', 'print `<pattern id><tab><number of lines>` once, at the end')
    .option('--json', 'print one JSON object a line, with captures')
    .option('--patterns <dir>', 'patterns of your own, preferred to those that come with gapwatch')
    .option('--check', 'prove every pattern by its own hits and misses, and read no log')
    .action(async (files: string[], options: MatchOptions) =>
      (await import('../actions/match.ts')).matchAction(files, options, io),
    );
}
