/** The Slack lines of `gapwatch doctor`: the tokens of this environment and the deliveries in the store. */
import { existsSync } from 'node:fs';
import type { Config } from '../config/schema.ts';
import { readableSecrets, readSecrets } from '../config/secrets.ts';
import { systemClock } from '../core/clock.ts';
import { GapwatchError } from '../core/errors.ts';
import type { DoctorItem } from '../service/reports/doctor.ts';
import { examineSlack, permissionFinding } from '../slack/examine-slack.ts';
import { openStoreToRead, type Store } from '../store/store.ts';
import type { Io } from './io.ts';
import { apiUrlOf, tokensOf } from './slack-of.ts';

/** Creates no store. Problems of the store are reported by the store's own line. */
function openIfSound(path: string): Store | null {
  if (!existsSync(path)) return null;
  try {
    return openStoreToRead(path);
  } catch (error) {
    if (error instanceof GapwatchError) return null;
    throw error;
  }
}

function readableItems(io: Io): DoctorItem[] {
  return readableSecrets(io.env).map(({ file, mode, mend }) => ({
    what: 'Slack secrets',
    ok: false,
    detail: `${file} can be read by other users of this host (mode ${mode})`,
    remedy: mend,
  }));
}

/** Throws GapwatchError CONFIG when the file of a secret cannot be read. */
export async function slackItems(config: Config, io: Io): Promise<readonly DoctorItem[]> {
  const secrets = readSecrets(io.env);
  if (secrets.botToken === null) {
    const detail =
      'SLACK_BOT_TOKEN is not set: gapwatch run uses the local Slack (root without a terminal: none, unless --local)';
    return [{ what: 'Slack account', ok: true, detail, remedy: null }, permissionFinding(config.slack)];
  }
  const store = openIfSound(config.store.path);
  try {
    const items = await examineSlack({
      config: { ...config.slack, apiUrl: apiUrlOf(config, io) },
      tokens: tokensOf(secrets, secrets.botToken),
      outbox: store?.outbox ?? null,
      connected: false,
      clock: systemClock,
      logger: io.logger,
    });
    return [...readableItems(io), ...items];
  } finally {
    store?.close();
  }
}
