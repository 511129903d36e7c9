/** `gapwatch run`: runs the service until SIGINT or SIGTERM. */
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { readableSecrets, readSecrets, type Secrets } from '../../config/secrets.ts';
import { createSteadyClock, type SteadyClock } from '../../core/clock.ts';
import { createEvents, type Events, openEventTarget } from '../../service/events.ts';
import { loadParts, type Parts } from '../../service/load-parts.ts';
import { createStandalone } from '../../service/standalone.ts';
import { openServiceStore, type Store } from '../../store/store.ts';
import { summaryLine } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { type MaybeSlack, noSlack, slackOf } from '../slack-of.ts';

export interface RunOptions {
  readonly config?: string;
  readonly events?: string;
  readonly local?: boolean;
}

interface Served {
  readonly parts: Parts;
  readonly slack: MaybeSlack;
  readonly store: Store;
  readonly clock: SteadyClock;
  readonly events: Events | null;
  /** Prints a line for people to standard output, unless the event stream goes there. */
  say(line: string): void;
}

async function serve({ slack, say, parts, ...rest }: Served, io: Io): Promise<void> {
  const { config, tokens } = slack;
  let said = '';
  const standalone = createStandalone({
    ...parts,
    ...rest,
    config,
    host: config.host ?? hostname(),
    logger: io.logger,
    tokens,
    onDiagnosis(diagnosis) {
      const key = `${diagnosis.verdict} ${diagnosis.cause} ${diagnosis.severity}`;
      if (key !== said) say(summaryLine(diagnosis));
      said = key;
    },
  });
  try {
    await standalone.start();
    if (!io.stopped.aborted) await once(io.stopped, 'abort');
    io.logger.info({ signal: String(io.stopped.reason) }, 'gapwatch stops');
  } finally {
    await standalone.stop();
  }
}

/** Any user of this machine can connect to the local Slack's page, so root opens it only on a terminal. */
const mayOpenLocalSlack = (io: Io): boolean => process.getuid?.() !== 0 || io.stdout.isTTY === true;

/** Prints which Slack is used instead of a workspace, on stderr when the events go to standard output. */
async function chooseSlack(config: Config, secrets: Secrets, options: RunOptions, io: Io): Promise<MaybeSlack> {
  const say = (line: string): void => void (options.events === '-' ? io.stderr : io.stdout).write(`${line}\n`);
  const asked = options.local === true;
  if (secrets.botToken !== null && !asked) return slackOf(config, secrets, io);
  if (!asked && !mayOpenLocalSlack(io)) {
    say(
      'No SLACK_BOT_TOKEN, and root without a terminal: gapwatch runs without any Slack; set the token, or add --local.',
    );
    return noSlack(config);
  }
  const local = await slackOf(config, { ...secrets, botToken: null }, io);
  say(`${asked ? '--local' : 'No SLACK_BOT_TOKEN'}: the local Slack is at ${local.page}`);
  return local;
}

/** The longest time from the signal to the end of the process. A supervisor kills a process that takes longer. */
const LAST_MS = 4_500;

/** Ends the process when its stop hangs. Committed data is kept; the next start recovers the rest, as after a kill. */
function endInTime(store: Store, io: Io): void {
  const end = (): void => {
    io.logger.warn({ afterMs: LAST_MS }, 'the stop took too long; gapwatch exits without waiting');
    store.close();
    process.exit();
  };
  io.stopped.addEventListener('abort', () => void setTimeout(end, LAST_MS).unref(), { once: true });
}

/**
 * On a host with much memory V8 lets the heap grow to four times its live size before it collects. This limits the
 * growth to a third, because the service shares the host.
 */
const HEAP_GROWTH = '--heap-growing-percent=30';

export async function runAction(options: RunOptions, io: Io): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const { config, file } = loadConfig(options.config, io.env);
  const secrets = readSecrets(io.env);
  for (const secret of readableSecrets(io.env)) {
    io.logger.warn(secret, 'a secret can be read by other users of this host');
  }
  const parts = await loadParts();
  // A second process on the same store fails here, before it writes to the event stream.
  const clock = createSteadyClock();
  const store = openServiceStore(config.store.path, { clock, logger: io.logger });
  const target = options.events === undefined ? null : openEventTarget(options.events, io.stdout);
  const host = config.host ?? hostname();
  const events =
    target &&
    createEvents(target, host, (err) => io.logger.error({ err }, 'cannot write to the event stream, events are lost'));
  const say = (line: string): void => {
    if (options.events !== '-') io.stdout.write(`${line}\n`);
  };
  // The local Slack listens from here on: every failure must close it, or the process never ends.
  endInTime(store, io);
  const slack = await chooseSlack(config, secrets, options, io);
  io.logger.info({ config: file ?? 'defaults', store: config.store.path }, 'gapwatch starts');
  try {
    await serve({ parts, slack, store, clock, events, say }, io);
  } finally {
    await slack.close();
    store.close();
  }
}
