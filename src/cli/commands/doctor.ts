/** The arguments and options of `gapwatch doctor`. `cli/actions/doctor.ts` does the work and loads on demand. */
import type { Command } from 'commander';
import type { DoctorOptions } from '../actions/doctor.ts';
import type { Io } from '../io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .option('-c, --config <file>', 'config file; without one, gapwatch discovers the running nginx')
    .option('--run-nginx', 'also run nginx -T, which creates an empty pid file and folders, and compare the result')
    .option('--json', 'print JSON')
    .description('list what gapwatch can and cannot observe on this host, with fixes')
    .action(async (options: DoctorOptions) => (await import('../actions/doctor.ts')).doctorAction(options, io));
}
