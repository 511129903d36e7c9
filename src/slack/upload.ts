/**
 * Uploads a picture to Slack for use in an image block. Returns null without the scopes or when Slack takes too long.
 */
import type { webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

export interface UploadDeps {
  readonly client: webApi.WebClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Passed in, because this module starts no timers. */
  sleep(ms: number): Promise<void>;
}

const GIVE_UP_MS = 30_000;
const POLL_MS = 500;

/** The id of the first uploaded file, wherever this SDK version returns it. */
function fileIdOf(answer: unknown): string | null {
  const id = /"id":"(F[A-Z0-9]{8,})"/.exec(JSON.stringify(answer))?.[1];
  return id ?? null;
}

/**
 * Uploads without sharing, then waits until Slack has scanned the file: Slack refuses an unscanned file in a block
 * (`invalid slack file`). Accepts PNG, JPG and GIF.
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
    logger.warn({ err: error, filename }, 'picture upload failed, message has no picture');
    return null;
  }
}
