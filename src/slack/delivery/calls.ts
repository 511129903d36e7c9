/** The three Web API calls of delivery. They throw the errors of the Web API client, which `outcome.ts` classifies. */
import type { webApi } from '@slack/bolt';
import type { OutboxMessage } from '../../core/outbox.ts';

export interface MessageCalls {
  /** Returns the `ts` of the message. */
  post(channel: string, threadTs: string | null, message: OutboxMessage): Promise<string>;
  edit(channel: string, ts: string, message: OutboxMessage): Promise<void>;
  /**
   * Finds the `ts` of our message by the id in its metadata, among the newest 1,000 messages of a channel or the first
   * 1,000 of a thread. Does not search by time, because Slack's clock may differ from ours. Needs a history scope.
   */
  find(channel: string, threadTs: string | null, message: OutboxMessage): Promise<string | null>;
}

const PAGES = 5;

const body = (message: OutboxMessage) => ({
  text: message.text,
  blocks: message.blocks as never,
  metadata: { event_type: message.eventType, event_payload: { ...message.eventPayload } },
});
/** Slack must neither parse text for names or links nor unfurl it. */
const QUIET = { parse: 'none', link_names: false } as const;

interface Listed {
  ts?: string | undefined;
  metadata?: { event_type?: string | undefined; event_payload?: unknown } | undefined;
}

function match(messages: readonly Listed[], wanted: OutboxMessage): string | null {
  for (const { ts, metadata } of messages) {
    const payload = metadata?.event_payload as { id?: unknown } | undefined;
    if (metadata?.event_type === wanted.eventType && payload?.id === wanted.eventPayload.id) return ts ?? null;
  }
  return null;
}

export function webCalls(client: webApi.WebClient): MessageCalls {
  return {
    async post(channel, threadTs, message) {
      const thread = threadTs === null ? {} : { thread_ts: threadTs };
      const answer = await client.chat.postMessage({
        channel,
        ...thread,
        ...body(message),
        ...QUIET,
        unfurl_links: false,
        unfurl_media: false,
      });
      if (answer.ts === undefined) throw new Error('chat.postMessage answered without ts');
      return answer.ts;
    },
    async edit(channel, ts, message) {
      await client.chat.update({ channel, ts, ...body(message), ...QUIET });
    },
    async find(channel, threadTs, message) {
      let cursor: string | undefined;
      for (let page = 0; page < PAGES; page++) {
        const query = {
          channel,
          include_all_metadata: true,
          limit: 200,
          ...(cursor ? { cursor } : {}),
        };
        const answer =
          threadTs === null
            ? await client.conversations.history(query)
            : await client.conversations.replies({ ...query, ts: threadTs });
        const found = match((answer.messages ?? []) as Listed[], message);
        cursor = answer.response_metadata?.next_cursor;
        if (found !== null || !cursor) return found;
      }
      return null;
    },
  };
}
