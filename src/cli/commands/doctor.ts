/** The arguments and options of `gapwatch doctor`. `cli/actions/doctor.ts` does the work, loaded when called. */
import type { Command } from 'commander';
import type { DoctorOptions } from '../actions/doctor.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .option('-c, --config <file>', 'config file; without one everything is discovered from the running nginx')
    .option(
      '--run-nginx',
      'also run nginx -T, which makes an empty pid file and folders, and compare it with what was read',
    )
    .option('--json', 'print JSON')
    .description('say what can and cannot be seen on this host, and what would mend it')
    .action(async (options: DoctorOptions) => (await import('../actions/doctor.ts')).doctorAction(options, io));
}
