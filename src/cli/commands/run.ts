/** `gapwatch run`: the service, until SIGINT or SIGTERM. */
import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { createEvents, openEventTarget } from '../../app/events.ts';
import { loadCauses } from '../../app/load-causes.ts';
import { createStandalone } from '../../app/standalone.ts';
import { loadConfig } from '../../config/load.ts';
import { readSecrets } from '../../config/secrets.ts';
import { systemClock } from '../../core/clock.ts';
import { openStore } from '../../store/store.ts';
import { summaryLine } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { slackOf } from '../slack-of.ts';

interface Options {
  readonly config?: string;
  readonly events?: string;
}

async function run(options: Options, io: Io): Promise<void> {
  const { config: loaded, file } = loadConfig(options.config, io.env);
  const secrets = readSecrets(io.env);
  const causes = await loadCauses();
  const eventTarget = options.events === undefined ? null : openEventTarget(options.events, io.stdout);
  const store = openStore(loaded.store.path);
  // From here on something listens: whatever fails must close it, or the process never ends.
  const { config, tokens, page, close } = await slackOf(loaded, secrets, io);
  const host = config.host ?? hostname();
  const events = eventTarget && createEvents(eventTarget, host, (err) => io.logger.error({ err }, 'events are lost'));
  const say = (line: string): void => {
    if (options.events !== '-') io.stdout.write(`${line}\n`);
  };
  let said = '';
  const standalone = createStandalone({
    config,
    host,
    store,
    causes,
    clock: systemClock,
    logger: io.logger,
    events,
    tokens,
    onDiagnosis(diagnosis) {
      const key = `${diagnosis.verdict} ${diagnosis.cause} ${diagnosis.severity}`;
      if (key !== said) say(summaryLine(diagnosis));
      said = key;
    },
  });
  io.logger.info({ config: file ?? 'defaults', store: config.store.path }, 'gapwatch starts');
  try {
    if (page !== null) say(`No SLACK_BOT_TOKEN: the local Slack is at ${page}`);
    await standalone.start();
    if (!io.stopped.aborted) await once(io.stopped, 'abort');
    io.logger.info({ signal: String(io.stopped.reason) }, 'gapwatch stops');
  } finally {
    await standalone.stop();
    await close();
    store.close();
  }
}

export function register(program: Command, io: Io): void {
  program
    .command('run')
    .option('-c, --config <file>', 'config file; without one everything is discovered from the running nginx')
    .option('--events <file>', 'append the event stream (NDJSON) to this file; - for standard output')
    .description('watch nginx, diagnose, post to Slack; until SIGINT or SIGTERM')
    .action((options: Options) => run(options, io));
}
