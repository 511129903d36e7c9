/** The arguments and options of `gapwatch audit`. `cli/actions/audit.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { AuditOptions } from '../actions/audit.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('audit')
    .argument('[file]', '`nginx -T` output or a configuration file; - for standard input; default: the running nginx')
    .option('-c, --config <file>', 'config file of gapwatch')
    .option('--nginx-version <version>', 'version of the nginx that will run the file; some defaults depend on it')
    .option('--json', 'print JSON')
    .description('audit a configuration for limits that will run out')
    .action(async (file: string | undefined, options: AuditOptions) =>
      (await import('../actions/audit.ts')).auditAction(file, options, io),
    );
}
