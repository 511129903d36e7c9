/** `gapwatch diagnose [--for 20s]`: watch for that long, print the diagnosis. */
import type { Command } from 'commander';
import { diagnosisExit, diagnosisText } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { look, parseDurationMs } from '../look.ts';

export function register(program: Command, io: Io): void {
  program
    .command('diagnose')
    .option('--for <duration>', 'how long to watch', '20s')
    .option('-c, --config <file>', 'config file; without one everything is discovered from the running nginx')
    .option('--json', 'print JSON')
    .description('watch this host and name the cause')
    .action(async (options: { for: string; config?: string; json?: boolean }) => {
      const { diagnosis } = await look(options.config, parseDurationMs(options.for), io);
      io.stdout.write(options.json === true ? `${JSON.stringify(diagnosis)}\n` : diagnosisText(diagnosis));
      io.exit(diagnosisExit(diagnosis));
    });
}
