/** The arguments and options of `gapwatch digest`. `cli/actions/digest.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { DigestOptions } from '../actions/digest.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('digest')
    .option('--last <duration>', 'length of the period', '24h')
    .option('--post', 'also post it to slack.digestChannel; needs SLACK_BOT_TOKEN')
    .option('--png <file>', 'also write the chart to this file')
    .option('-c, --config <file>', 'config file that names the store')
    .option('--json', 'print JSON')
    .description('print the capacity digest: which limit will run out, when, and what to change')
    .action(async (options: DigestOptions) => (await import('../actions/digest.ts')).digestAction(options, io));
}
