/** The arguments and options of `gapwatch bundle`. `cli/actions/bundle.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { BundleOptions } from '../actions/bundle.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('bundle')
    .option('-o, --output <path>', 'folder or .tar.gz file; default: a .tar.gz in the current folder')
    .option('--last <duration>', 'length of the recorded period', '15m')
    .option('-c, --config <file>', 'config file; without one, gapwatch discovers the running nginx')
    .option('--json', 'print JSON')
    .description('write recorded evidence of this host, redacted, for gapwatch replay')
    .action(async (options: BundleOptions) => (await import('../actions/bundle.ts')).bundleAction(options, io));
}
