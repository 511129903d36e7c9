/**
 * Posts one report at once, for a command that ends. Opens no connection to Slack and uses no outbox, so it cannot
 * disturb a running service.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import { GapwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { reportMessage } from './blocks/report.ts';
import type { SlackConfig } from './config.ts';
import { createBoltLogger } from './connect/bolt-logger.ts';
import { clientOptions } from './connect/client-options.ts';
import { createSlackFetch } from './connect/slack-fetch.ts';
import { startError } from './connect/start-error.ts';
import { webCalls } from './delivery/calls.ts';
import type { Report } from './ports.ts';
import { uploadPicture } from './upload.ts';

export interface PostReportOptions {
  readonly config: SlackConfig;
  readonly botToken: string;
  readonly report: Report;
  readonly png: Uint8Array | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Posts to `digestChannel` and returns the channel. Throws GapwatchError CONFIG without a channel, SLACK when Slack
 * refuses.
 */
export async function postReport({ config, botToken, report, png, clock, logger }: PostReportOptions): Promise<string> {
  const channel = config.digestChannel ?? config.channel;
  if (channel === undefined) {
    throw new GapwatchError('CONFIG', 'neither slack.digestChannel nor slack.channel is set', {
      hint: 'Set one to the id of a channel to which the bot is invited.',
    });
  }
  const { fetch } = createSlackFetch();
  const parts = { slackApiUrl: config.apiUrl, logger: createBoltLogger(logger), timeout: 10_000, fetch };
  const client = new webApi.WebClient(botToken, clientOptions(parts));
  const id = png === null ? null : await uploadPicture(png, 'digest.png', { client, clock, logger, sleep });
  const eventPayload = { id: `digest:${clock.now()}`, rev: 1 };
  try {
    const message = { ...reportMessage(report, id), eventType: 'gapwatch_digest', eventPayload };
    await webCalls(client).post(channel, null, message);
    return channel;
  } catch (cause) {
    throw (
      startError(cause, 'SLACK_BOT_TOKEN') ??
      new GapwatchError('SLACK', `the digest could not be posted to ${channel}: ${(cause as Error).message}`, { cause })
    );
  }
}
