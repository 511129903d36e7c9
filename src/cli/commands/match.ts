/** The arguments and options of `gapwatch match`. `cli/actions/match.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { MatchOptions } from '../actions/match.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('match')
    .summary('print the log lines that match the pattern catalogue')
    .description(
      'Prints `<pattern id><tab><line>` for each log line that matches. It ignores text that clients or applications put into a line.',
    )
    .argument('[file...]', 'logs, plain or gzip; `-` or no file: standard input')
    .option('--count', 'print `<pattern id><tab><number of lines>` once, at the end')
    .option('--json', 'print one JSON object a line, with captures')
    .option('--patterns <dir>', 'folder of your own patterns, which take precedence over the built-in ones')
    .option('--check', 'check all patterns against their own hits and misses; reads no log')
    .action(async (files: string[], options: MatchOptions) =>
      (await import('../actions/match.ts')).matchAction(files, options, io),
    );
}
