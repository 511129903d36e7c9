/** Brings a picture into Slack so that a `slack_file` image block may use it. Without the scopes, or when Slack takes too long: null. */
import type { webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

export interface UploadDeps {
  readonly client: webApi.WebClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Waits; handed in, because this module starts no timers of its own. */
  sleep(ms: number): Promise<void>;
}

const GIVE_UP_MS = 30_000;
const POLL_MS = 500;

/** The id of the first file of an upload, wherever this SDK version puts it. */
function fileIdOf(answer: unknown): string | null {
  const id = /"id":"(F[A-Z0-9]{8,})"/.exec(JSON.stringify(answer))?.[1];
  return id ?? null;
}

/**
 * Uploads without sharing to a channel, then waits until Slack has scanned the file: used earlier, the block is
 * refused (`invalid slack file`). PNG, JPG and GIF only.
 */
export async function uploadPicture(png: Uint8Array, filename: string, deps: UploadDeps): Promise<string | null> {
  const { client, clock, logger, sleep } = deps;
  try {
    const id = fileIdOf(await client.filesUploadV2({ filename, file: Buffer.from(png) }));
    if (id === null) throw new Error('the upload answered without a file id');
    const deadline = clock.monotonicMs() + GIVE_UP_MS;
    while (clock.monotonicMs() < deadline) {
      const { file } = await client.files.info({ file: id });
      if (file?.mimetype) return id;
      await sleep(POLL_MS);
    }
    throw new Error('Slack did not finish scanning the file');
  } catch (error) {
    logger.warn({ err: error, filename }, 'a picture could not be uploaded; the message goes without it');
    return null;
  }
}
