/**
 * Answers a person through the response URL, else with an ephemeral message, or in the App Home with a modal. Never
 * throws.
 */
import type { RespondFn, webApi } from '@slack/bolt';
import type { Logger } from '../core/logger.ts';
import type { Rendered } from './blocks/block.ts';
import { noticeModal } from './blocks/help.ts';

export interface Asker {
  readonly client: webApi.WebClient;
  readonly logger: Logger;
  readonly userId: string;
  /** Null in the App Home, which has no channel to answer in. */
  readonly channelId: string | null;
  readonly threadTs?: string | null;
  readonly respond?: RespondFn | undefined;
  /** For a modal where there is no channel. */
  readonly triggerId?: string | undefined;
}

export async function answer(asker: Asker, { text, blocks }: Rendered, isPublic = false): Promise<void> {
  const { client, logger, userId, channelId, respond } = asker;
  const content = { text, blocks: [...blocks] };
  try {
    if (respond === undefined) throw new Error('no response URL');
    await respond({ ...content, response_type: isPublic ? 'in_channel' : 'ephemeral', replace_original: false });
  } catch (error) {
    const { triggerId } = asker;
    const thread = asker.threadTs == null ? {} : { thread_ts: asker.threadTs };
    try {
      if (channelId !== null)
        await client.chat.postEphemeral({ channel: channelId, user: userId, ...content, ...thread });
      else if (triggerId !== undefined) await client.views.open({ trigger_id: triggerId, view: noticeModal(blocks) });
    } catch (second) {
      logger.warn(
        { err: second, first: error instanceof Error ? error.message : String(error) },
        'answer not delivered',
      );
    }
  }
}
