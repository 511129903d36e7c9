/**
 * The types of the outbox: messages for Slack, stored before the first call, so that a killed process neither loses nor
 * repeats one. `slack` decides what is sent; the store only keeps it.
 */
import type { Incident } from './incident.ts';

/**
 * pending: to be sent or edited. sending: a call was started whose outcome is not known. sent: Slack shows the newest
 * state. failed: Slack refuses this message for good. folded: lives as one line of another message (a storm).
 */
export type OutboxState = 'pending' | 'sending' | 'sent' | 'failed' | 'folded';

/**
 * parent: edited in place for ever. note: once, in its parent's thread. message: once, on its own. channel: an
 * incident's own channel, made once; `message.text` is its name and `ts` its id.
 */
export type OutboxKind = 'parent' | 'note' | 'message' | 'channel';

export interface OutboxMessage {
  /** Fallback for notifications and screen readers; escaped. */
  readonly text: string;
  readonly blocks: readonly object[];
  readonly eventType: string;
  /** Slack keeps it with the message; `id` finds the message again after a lost answer. */
  readonly eventPayload: { readonly id: string; readonly rev: number };
}

export interface OutboxEntry {
  /** Unique: `incident:<id>`, `note:<incident id>:<rev>`, `digest:<day>`. */
  readonly key: string;
  readonly kind: OutboxKind;
  readonly channel: string;
  /** The entry whose thread (note) or lines (folded) this belongs to. */
  readonly parentKey: string | null;
  /** Grows with every new entry: the order notes are sent in. */
  readonly seq: number;
  /** The newest wanted content. */
  readonly message: OutboxMessage;
  /** What the message was drawn from, to draw it again; null for what is not an incident. */
  readonly incident: Incident | null;
  /** Blocks of the picture in the message; null while there is none. */
  readonly picture: readonly object[] | null;
  /** Counts the contents that were wanted so far, from 1. */
  readonly wantedRev: number;
  /** What Slack shows; null before the first post. */
  readonly sentRev: number | null;
  readonly state: OutboxState;
  /** Slack's id of the message, once known. */
  readonly ts: string | null;
  /** Notes sent together in one message carry the key of the first. */
  readonly batch: string | null;
  readonly attempts: number;
  /** No call before this time, ms since the epoch. */
  readonly notBefore: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** The newest refusal, by Slack's own name. */
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
  /** What was delivered last; null when nothing was. */
  newestSent(): OutboxEntry | null;
  /** Entries of that parent, by seq. */
  children(parentKey: string): OutboxEntry[];
  /** Parents of that channel created at or after `sinceMs`, by seq. */
  parentsSince(channel: string, sinceMs: number): OutboxEntry[];
  /** Forgets settled entries not changed since `beforeMs`, but not the message of an incident that is not resolved. */
  prune(beforeMs: number): void;
}
