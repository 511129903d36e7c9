/** The arguments and options of `gapwatch digest`. `cli/actions/digest.ts` does the work, loaded when called. */
import type { Command } from 'commander';
import type { DigestOptions } from '../actions/digest.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('digest')
    .option('--last <duration>', 'the stretch of time', '24h')
    .option('--post', 'post it to slack.digestChannel as well; needs SLACK_BOT_TOKEN')
    .option('--png <file>', 'write the chart to this file as well')
    .option('-c, --config <file>', 'config file; its store is read')
    .option('--json', 'print JSON')
    .description('the capacity digest: will this nginx run out, of what, when, and the one change to make')
    .action(async (options: DigestOptions) => (await import('../actions/digest.ts')).digestAction(options, io));
}
