/** The arguments and options of `gapwatch demo`. `cli/actions/demo.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { DemoOptions } from '../actions/demo.ts';
import type { Io } from '../io.ts';

const DEFAULT_SCENARIO = 'slow-upstream';

export function register(program: Command, io: Io): void {
  program
    .command('demo')
    .argument('[scenario]', 'scenario to show; digest shows the capacity digest of recorded traffic', DEFAULT_SCENARIO)
    .option('--list', 'list the scenarios')
    .option('--json', 'with --list: print JSON')
    .option('--port <port>', "port of the local Slack's page; 0 takes any free one", '0')
    .option('-c, --config <file>', 'config file (thresholds, intervals)')
    .description('start a private nginx, cause a failure and show its diagnosis')
    .action(async (scenario: string, options: DemoOptions) =>
      (await import('../actions/demo.ts')).demoAction(scenario, options, io),
    );
}
