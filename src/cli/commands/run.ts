/** The arguments and options of `gapwatch run`. `cli/actions/run.ts` does the work, loaded when called. */
import type { Command } from 'commander';
import type { RunOptions } from '../actions/run.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('run')
    .option('-c, --config <file>', 'config file; without one everything is discovered from the running nginx')
    .option('--events <file>', 'append the event stream (NDJSON) to this file; - for standard output')
    .option('--local', 'use the local Slack, whatever tokens are set, also as root without a terminal')
    .description('watch nginx, diagnose, post to Slack; until SIGINT or SIGTERM')
    .action(async (options: RunOptions) => (await import('../actions/run.ts')).runAction(options, io));
}
