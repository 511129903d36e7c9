/**
 * The types of the outbox: messages for Slack, stored before the first call, so that a killed process neither loses nor
 * repeats one. `slack` decides what is sent; the store only keeps it.
 */
import type { Incident } from './incident.ts';

/**
 * pending: to be posted or edited. sending: a call started and its result is not known. sent: Slack shows the newest
 * state. failed: Slack refused the message permanently. folded: one line of another message (a storm).
 */
export type OutboxState = 'pending' | 'sending' | 'sent' | 'failed' | 'folded';

/**
 * parent: a post that is edited. note: one post in the thread of its parent. message: one independent post. channel: a
 * channel for one incident; `message.text` is its name and `ts` its id.
 */
export type OutboxKind = 'parent' | 'note' | 'message' | 'channel';

export interface OutboxMessage {
  /** Fallback for notifications and screen readers; escaped. */
  readonly text: string;
  readonly blocks: readonly object[];
  readonly eventType: string;
  /** Metadata of the Slack message. `id` finds the message again after a lost response. */
  readonly eventPayload: { readonly id: string; readonly rev: number };
}

export interface OutboxEntry {
  /** Unique: `incident:<id>`, `note:<incident id>:<rev>`, `digest:<day>`. */
  readonly key: string;
  readonly kind: OutboxKind;
  readonly channel: string;
  /** The entry whose thread (note) or lines (folded) this belongs to. */
  readonly parentKey: string | null;
  /** Increases with each new entry. Notes are sent in this order. */
  readonly seq: number;
  /** The newest content. */
  readonly message: OutboxMessage;
  /** The incident of the message, to render it again; null for other messages. */
  readonly incident: Incident | null;
  /** Blocks of the picture in the message; null while there is none. */
  readonly picture: readonly object[] | null;
  /** Revision of the newest content, from 1. */
  readonly wantedRev: number;
  /** Revision that Slack shows; null before the first post. */
  readonly sentRev: number | null;
  readonly state: OutboxState;
  /** The message id of Slack, when known. */
  readonly ts: string | null;
  /** Notes sent together in one message carry the key of the first. */
  readonly batch: string | null;
  readonly attempts: number;
  /** Time of the earliest next call, ms since the epoch. */
  readonly notBefore: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** The newest error code of Slack. */
  readonly error: string | null;
}

/** Synchronous, because an intent must be on disk before the call starts. One writer. */
export interface OutboxStore {
  get(key: string): OutboxEntry | null;
  /** Inserts, or replaces the entry of that key. */
  put(entry: OutboxEntry): void;
  /** All or nothing. */
  transaction<T>(work: () => T): T;
  nextSeq(): number;
  /** Entries in state pending or sending, by seq. */
  unsettled(): OutboxEntry[];
  /** The entry that was delivered last; null without one. */
  newestSent(): OutboxEntry | null;
  /** Entries of that parent, by seq. */
  children(parentKey: string): OutboxEntry[];
  /** Parents of that channel created at or after `sinceMs`, by seq. */
  parentsSince(channel: string, sinceMs: number): OutboxEntry[];
  /** Deletes settled entries unchanged since `beforeMs`, except messages of unresolved incidents. */
  prune(beforeMs: number): void;
}
