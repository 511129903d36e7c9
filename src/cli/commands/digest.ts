/** `gapwatch digest`: the capacity digest from the store, on the terminal, as a picture, or posted. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { digestOf, digestReport, digestRequest } from '../../app/digest-report.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../core/clock.ts';
import { openStore } from '../../store/store.ts';
import type { Io } from '../io.ts';
import { parseDurationMs } from '../look.ts';
import { reportText } from '../report-text.ts';

interface Options {
  readonly last: string;
  readonly config?: string;
  readonly json?: boolean;
}

function digest(options: Options, io: Io): void {
  const { config } = loadConfig(options.config, io.env);
  const store = openStore(config.store.path);
  try {
    const lastMs = parseDurationMs(options.last);
    const summary = digestOf(store, digestRequest(config, config.host ?? hostname(), systemClock.now(), lastMs));
    io.stdout.write(options.json === true ? `${JSON.stringify(summary)}\n` : reportText(digestReport(summary)));
  } finally {
    store.close();
  }
}

export function register(program: Command, io: Io): void {
  program
    .command('digest')
    .option('--last <duration>', 'the stretch of time', '24h')
    .option('-c, --config <file>', 'config file; its store is read')
    .option('--json', 'print JSON')
    .description('the capacity digest')
    .action((options: Options) => digest(options, io));
}
