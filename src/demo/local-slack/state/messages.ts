/**
 * The messages of every channel in Slack's wire form: threads, edit marks, ephemerals, deletions. Validates nothing;
 * the Web API does.
 */
import type { Ids } from './ids.ts';
import type { Json } from './json.ts';
import type { TsSource } from './ts-source.ts';

export interface MessageContent {
  readonly text: string;
  readonly blocks?: readonly Json[];
  readonly metadata?: Json;
}

export interface Message extends MessageContent {
  readonly type: 'message';
  readonly channel: string;
  readonly ts: string;
  /** Author. */
  readonly user: string;
  /** Absent in messages of people. */
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly team?: string;
  readonly thread_ts?: string;
  readonly edited?: { readonly user: string; readonly ts: string };
  readonly reply_count?: number;
  readonly latest_reply?: string;
}

/** Visible to one person only, and not part of the history. */
export interface Ephemeral extends Message {
  readonly visible_to: string;
}

export interface NewMessage extends MessageContent {
  readonly channel: string;
  readonly user: string;
  readonly bot_id?: string;
  readonly app_id?: string;
  readonly team?: string;
  readonly thread_ts?: string;
}

export class MessageStore {
  readonly #byChannel = new Map<string, Message[]>();
  readonly #ephemerals: Ephemeral[] = [];
  readonly #ids: Ids;
  readonly #ts: TsSource;
  readonly #changed: () => void;

  constructor(ids: Ids, ts: TsSource, changed: () => void) {
    this.#ids = ids;
    this.#ts = ts;
    this.#changed = changed;
  }

  /** Every stored message of a channel, thread replies included, oldest first. */
  all(channel: string): readonly Message[] {
    return this.#byChannel.get(channel) ?? [];
  }

  /** The messages of the channel itself, without thread replies. */
  roots(channel: string): readonly Message[] {
    return this.all(channel).filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts);
  }

  /** The parent first, then its replies. */
  thread(channel: string, ts: string): readonly Message[] {
    return this.all(channel).filter((message) => message.ts === ts || message.thread_ts === ts);
  }

  find(channel: string, ts: string): Message | undefined {
    return this.all(channel).find((message) => message.ts === ts);
  }

  ephemerals(channel?: string): readonly Ephemeral[] {
    return channel === undefined ? this.#ephemerals : this.#ephemerals.filter((item) => item.channel === channel);
  }

  post(content: NewMessage): Message {
    const message: Message = { type: 'message', ...this.#identified(content), ts: this.#ts.next() };
    const list = this.#byChannel.get(message.channel) ?? [];
    this.#byChannel.set(message.channel, list);
    list.push(message);
    if (message.thread_ts !== undefined) this.#noteReply(message.channel, message.thread_ts);
    this.#changed();
    return message;
  }

  postEphemeral(content: NewMessage, visibleTo: string): Ephemeral {
    const item: Ephemeral = {
      type: 'message',
      ...this.#identified(content),
      ts: this.#ts.next(),
      visible_to: visibleTo,
    };
    this.#ephemerals.push(item);
    this.#changed();
    return item;
  }

  /** Replaces the content and marks the message as edited; undefined when there is no such message. */
  update(channel: string, ts: string, content: MessageContent, by: string): Message | undefined {
    const list = this.#byChannel.get(channel) ?? [];
    const at = list.findIndex((message) => message.ts === ts);
    const old = list[at];
    if (old === undefined) return undefined;
    const { blocks: _blocks, ...kept } = old;
    const message: Message = { ...kept, ...this.#identified(content), edited: { user: by, ts: this.#ts.next() } };
    list[at] = message;
    this.#changed();
    return message;
  }

  replaceEphemeral(ts: string, content: MessageContent): boolean {
    const at = this.#ephemerals.findIndex((item) => item.ts === ts);
    const old = this.#ephemerals[at];
    if (old === undefined) return false;
    const { blocks: _blocks, ...kept } = old;
    this.#ephemerals[at] = { ...kept, ...this.#identified(content) };
    this.#changed();
    return true;
  }

  remove(channel: string, ts: string): boolean {
    const list = this.#byChannel.get(channel) ?? [];
    const at = list.findIndex((message) => message.ts === ts);
    if (at === -1) return false;
    const [gone] = list.splice(at, 1);
    if (gone?.thread_ts !== undefined) this.#noteReply(channel, gone.thread_ts);
    this.#changed();
    return true;
  }

  removeEphemeral(ts: string): boolean {
    const at = this.#ephemerals.findIndex((item) => item.ts === ts);
    if (at === -1) return false;
    this.#ephemerals.splice(at, 1);
    this.#changed();
    return true;
  }

  /** Slack gives every block an id when the app did not. */
  #identified<T extends MessageContent>(content: T): T {
    if (content.blocks === undefined) return content;
    return { ...content, blocks: content.blocks.map((block) => ({ block_id: this.#ids.next('b'), ...block })) };
  }

  #noteReply(channel: string, parentTs: string): void {
    const list = this.#byChannel.get(channel) ?? [];
    const at = list.findIndex((message) => message.ts === parentTs);
    const parent = list[at];
    if (parent === undefined) return;
    const replies = list.filter((message) => message.thread_ts === parentTs && message.ts !== parentTs);
    const { reply_count: _count, latest_reply: _latest, thread_ts: _thread, ...rest } = parent;
    const latest = replies.at(-1);
    list[at] = latest
      ? { ...rest, thread_ts: parentTs, reply_count: replies.length, latest_reply: latest.ts }
      : { ...rest };
  }
}
