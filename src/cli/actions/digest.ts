/** `gapwatch digest`: prints the capacity digest of the store, draws it as a picture, or posts it. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { readSecrets } from '../../config/secrets.ts';
import { systemClock } from '../../core/clock.ts';
import { GapwatchError } from '../../core/errors.ts';
import { writePrivateFile } from '../../files/private-file.ts';
import { type Digest, digestOf, digestRequest } from '../../service/reports/digest-report.ts';
import { createPictures, type Pictures } from '../../service/reports/pictures.ts';
import { postReport } from '../../slack/post-report.ts';
import { openStore, openStoreToRead, type Store } from '../../store/store.ts';
import { EXIT, type Io } from '../io.ts';
import { parseDurationMs } from '../look.ts';
import { reportText } from '../report-text.ts';
import { slackOf } from '../slack-of.ts';

export interface DigestOptions {
  readonly last: string;
  readonly post?: boolean;
  readonly png?: string;
  readonly config?: string;
  readonly json?: boolean;
}

async function draw(file: string, { picture }: Digest, pictures: Pictures, io: Io): Promise<void> {
  if (picture === null) {
    io.stderr.write(`${file} was not written: the store has no measurements yet\n`);
    return;
  }
  const png = await pictures.digest(picture);
  if (png === null) {
    throw new GapwatchError('INTERNAL', 'the chart could not be drawn', {
      hint: 'The chart library could not be loaded: see the log.',
    });
  }
  try {
    writePrivateFile(file, png);
  } catch (cause) {
    throw new GapwatchError('USAGE', `--png ${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Reading creates no file: without a store the digest is empty. */
function openExisting(path: string, io: Io): Store {
  if (existsSync(path)) return openStoreToRead(path);
  io.stderr.write(`there is no store at ${path}: gapwatch run creates it; -c names the config with store.path\n`);
  return openStore(':memory:');
}

async function post(loaded: Config, { report, picture }: Digest, pictures: Pictures, io: Io) {
  const secrets = readSecrets(io.env);
  if (secrets.botToken === null) {
    throw new GapwatchError('CONFIG', 'SLACK_BOT_TOKEN is not set, so the digest cannot be posted', {
      hint: 'Set it (or SLACK_BOT_TOKEN_FILE), or leave out --post.',
    });
  }
  const { config, tokens } = await slackOf(loaded, secrets, io);
  const posted = await postReport({
    config: config.slack,
    botToken: tokens.botToken,
    report,
    png: await pictures.digest(picture),
    clock: systemClock,
    logger: io.logger,
  });
  io.stderr.write(`posted to ${posted}\n`);
}

export async function digestAction(options: DigestOptions, io: Io): Promise<void> {
  const { config } = loadConfig(options.config, io.env);
  const lastMs = parseDurationMs(options.last);
  const store = openExisting(config.store.path, io);
  try {
    const made = digestOf(store, digestRequest(config, config.host ?? hostname(), systemClock.now(), lastMs));
    const pictures = createPictures(store, config.digest.timezone, io.logger);
    io.stdout.write(options.json === true ? `${JSON.stringify(made.summary)}\n` : reportText(made.report));
    if (options.png !== undefined) await draw(options.png, made, pictures, io);
    if (options.post === true) await post(config, made, pictures, io);
    if (made.summary.slots === null) io.exit(EXIT.unknown);
  } finally {
    store.close();
  }
}
