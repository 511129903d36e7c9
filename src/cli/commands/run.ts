/** The arguments and options of `gapwatch run`. `cli/actions/run.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { RunOptions } from '../actions/run.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('run')
    .option('-c, --config <file>', 'config file; without one, gapwatch discovers the running nginx')
    .option('--events <file>', 'append the event stream (NDJSON) to this file; - for standard output')
    .option('--local', 'use the local Slack even with tokens, and also as root without a terminal')
    .description('watch nginx, diagnose failures and post them to Slack until SIGINT or SIGTERM')
    .action(async (options: RunOptions) => (await import('../actions/run.ts')).runAction(options, io));
}
