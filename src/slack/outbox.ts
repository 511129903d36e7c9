/**
 * Delivers stored messages to Slack at its rate limits: each message once, thread notes once and in order, edits merged
 * into the newest state. Writes the store before and after each call. Looks up a post without an answer before it
 * retries.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { OutboxEntry, OutboxMessage, OutboxStore } from '../core/outbox.ts';
import { isPicture } from './blocks/picture.ts';
import { within } from './connect/within.ts';
import type { MessageCalls } from './delivery/calls.ts';
import { type Job, nextJob } from './delivery/next-job.ts';
import { type Outcome, outcomeOf, remedyFor } from './delivery/outcome.ts';
import { type CallKind, createPace, type PaceConfig } from './delivery/pace.ts';
import { settleAtStart } from './delivery/settle-at-start.ts';

export interface Posted {
  readonly key: string;
  readonly incidentId: string | null;
  readonly channel: string;
  readonly ts: string;
  readonly attempt: number;
  readonly kind: 'post' | 'edit' | 'note';
}

export interface OutboxDeps {
  readonly store: OutboxStore;
  readonly calls: MessageCalls;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: PaceConfig & { readonly settleMs: number };
  onPosted(posted: Posted): void;
}

export interface Outbox {
  /** Starts all calls that are due. Never throws. The service calls it a few times a second and after every change. */
  pump(): void;
  /** Starts no more calls and waits at most `maxMs` for the running ones. Undelivered messages stay in the store. */
  drain(maxMs: number): Promise<void>;
  /** The reason why messages are not delivered; null when there is none. */
  trouble(): { readonly error: string; readonly remedy: string | null } | null;
}

const HOLD_MS = 30_000;
const REST_MS = 10_000;
const MAX_BACKOFF_MS = 60_000;
const REPEAT = 'repeat'; // stored in `error`: an earlier attempt may have arrived, and the app may not check

const REPEAT_BLOCK = {
  type: 'context',
  elements: [{ type: 'plain_text', text: 'Possibly a repeat: the answer to an earlier attempt was lost.' }],
};
const marked = (message: OutboxMessage): OutboxMessage => ({ ...message, blocks: [...message.blocks, REPEAT_BLOCK] });

/** Joins several notes into one reply with the id of the first. */
function joined(notes: readonly OutboxEntry[], first: OutboxEntry): OutboxMessage {
  return {
    ...first.message,
    text: notes.map(({ message }) => message.text).join('\n'),
    blocks: notes.flatMap(({ message }) => message.blocks),
  };
}

class Delivery implements Outbox {
  private readonly deps: OutboxDeps;
  private readonly pace;
  private readonly busy = new Map<string, Promise<void>>();
  private readonly restUntil = new Map<string, number>();
  private readonly reported = new Map<string, string>();
  private open = true;

  constructor(deps: OutboxDeps) {
    this.deps = deps;
    this.pace = createPace(deps.config, deps.clock);
    settleAtStart(deps.store, deps.clock, deps.config.settleMs);
  }

  pump(): void {
    if (!this.open) return;
    try {
      this.startDue();
    } catch (error) {
      this.deps.logger.error({ err: error }, 'outbox not readable');
    }
  }

  private startDue(): void {
    const now = this.deps.clock.now();
    const nowMs = this.deps.clock.monotonicMs();
    const unsettled = this.deps.store.unsettled().filter(({ kind }) => kind !== 'channel');
    for (const channel of new Set(unsettled.map((entry) => entry.channel))) {
      if (this.busy.has(channel) || nowMs < (this.restUntil.get(channel) ?? 0)) continue;
      const job = nextJob({
        entries: unsettled.filter((entry) => entry.channel === channel),
        now,
        may: (kind) => this.pace.may(kind, channel),
        tsOf: (key) => this.deps.store.get(key)?.ts ?? null,
      });
      if (job === null) continue;
      const work = this.run(job, channel)
        .finally(() => this.busy.delete(channel))
        .then(() => this.pump())
        .catch((error: unknown) => this.rest(channel, error));
      this.busy.set(channel, work);
    }
  }

  /** Pauses the channel: an unwritable store would otherwise be retried in a loop. */
  private rest(channel: string, error: unknown): void {
    this.restUntil.set(channel, this.deps.clock.monotonicMs() + REST_MS);
    this.deps.logger.error({ err: error, channel }, 'delivery failed');
  }

  async drain(maxMs: number): Promise<void> {
    this.open = false;
    await within(maxMs, Promise.allSettled(this.busy.values()));
  }

  trouble(): { error: string; remedy: string | null } | null {
    const error = [...this.reported.values()][0];
    return error === undefined ? null : { error, remedy: remedyFor(error) };
  }

  private async run(job: Job, channel: string): Promise<void> {
    if (job.kind === 'lookup') return this.lookUp(job.entries, channel);
    if (job.kind === 'notes') return this.sendNotes(job.entries, job.parentTs, channel);
    return this.sendParent(job.entry, job.kind, channel);
  }

  private begin(entries: readonly OutboxEntry[], kind: CallKind, channel: string): void {
    const { store, clock } = this.deps;
    const now = clock.now();
    this.pace.did(kind, channel);
    const batch = entries.length > 1 ? (entries[0]?.key ?? null) : null;
    store.transaction(() => {
      for (const entry of entries) {
        store.put({ ...entry, state: 'sending', batch, attempts: entry.attempts + 1, changedAt: now });
      }
    });
  }

  /** Stores a result. A change that arrived meanwhile stays to be sent. */
  private finish(key: string, change: (current: OutboxEntry) => Partial<OutboxEntry>): void {
    const { store, clock } = this.deps;
    const current = store.get(key);
    if (current !== null) store.put({ ...current, changedAt: clock.now(), ...change(current) });
  }

  private async sendParent(entry: OutboxEntry, kind: 'post' | 'edit', channel: string): Promise<void> {
    const { calls } = this.deps;
    const rev = entry.wantedRev;
    this.begin([entry], kind, channel);
    let ts = entry.ts;
    try {
      if (ts === null)
        ts = await calls.post(channel, null, entry.error === REPEAT ? marked(entry.message) : entry.message);
      else await calls.edit(channel, ts, entry.message);
    } catch (error) {
      return this.settle([entry], kind, outcomeOf(error));
    }
    this.arrived([entry], kind, ts, rev);
  }

  private async sendNotes(entries: readonly OutboxEntry[], parentTs: string, channel: string): Promise<void> {
    const first = entries[0];
    if (first === undefined) return;
    this.begin(entries, 'post', channel);
    const message = joined(entries, first);
    let ts: string;
    try {
      ts = await this.deps.calls.post(channel, parentTs, first.error === REPEAT ? marked(message) : message);
    } catch (error) {
      return this.settle(entries, 'post', outcomeOf(error));
    }
    this.arrived(entries, 'note', ts, 1);
  }

  private arrived(entries: readonly OutboxEntry[], kind: Posted['kind'], ts: string, rev: number): void {
    const { store, onPosted } = this.deps;
    store.transaction(() => {
      for (const { key } of entries) {
        this.finish(key, (current) => ({
          ts,
          sentRev: rev,
          state: current.wantedRev > rev && current.kind === 'parent' ? 'pending' : 'sent',
          attempts: 0,
          notBefore: 0,
          error: null,
        }));
      }
    });
    const first = entries[0];
    if (first === undefined) return;
    this.reported.delete(first.channel);
    this.reported.delete('auth');
    onPosted({
      key: first.key,
      incidentId: first.incident?.id ?? null,
      channel: first.channel,
      ts,
      attempt: first.attempts + 1,
      kind,
    });
  }

  private settle(entries: readonly OutboxEntry[], kind: CallKind, outcome: Outcome): void {
    const now = this.deps.clock.now();
    const { error } = outcome;
    this.deps.store.transaction(() => {
      for (const { key } of entries) {
        this.finish(key, (current) => {
          if (outcome.kind === 'unknown') {
            // An edit may be repeated. A post must be looked up first.
            const state = current.ts === null ? 'sending' : 'pending';
            return {
              state,
              notBefore: now + Math.max(this.deps.config.settleMs, this.backoff(current.attempts)),
              error,
            };
          }
          if (outcome.kind === 'not-sent') {
            const wait = outcome.retryAfterMs ?? this.backoff(current.attempts);
            if (outcome.retryAfterMs !== null) this.pace.holdMethod(kind, wait);
            return { state: 'pending', batch: null, notBefore: now + wait, error };
          }
          return this.refused(current, outcome);
        });
      }
    });
    this.deps.logger.warn(
      { error, remedy: remedyFor(error), kind: outcome.kind, keys: entries.map(({ key }) => key) },
      'Slack refused a message',
    );
  }

  /** A third of the settling time, doubled at each attempt: 2 s, 4 s, … 60 s by default. */
  private backoff(attempts: number): number {
    return Math.min(MAX_BACKOFF_MS, (this.deps.config.settleMs / 3) * 2 ** Math.min(attempts, 6));
  }

  private refused(entry: OutboxEntry, outcome: Outcome & { kind: 'refused' }): Partial<OutboxEntry> {
    const { error, refusal } = outcome;
    const again = { state: 'pending', batch: null, error, attempts: 0 } as const;
    if (refusal === 'content') {
      // Retries without the picture, then as plain text. Logs an error when Slack refuses that too.
      const bare = entry.message.blocks.filter((block) => !isPicture(block));
      if (bare.length < entry.message.blocks.length)
        return { ...again, picture: null, message: { ...entry.message, blocks: bare } };
      if (entry.message.blocks.length > 0) return { ...again, message: { ...entry.message, blocks: [] } };
      this.deps.logger.error({ key: entry.key, error }, 'message given up, Slack refuses it even as plain text');
      return { state: 'failed', batch: null, error };
    }
    if (refusal === 'gone') {
      if (entry.kind === 'parent') return { ...again, ts: null, sentRev: null };
      const parent = entry.parentKey === null ? null : this.deps.store.get(entry.parentKey);
      if (parent?.ts != null) this.deps.store.put({ ...parent, state: 'pending', ts: null, sentRev: null });
      return again;
    }
    this.reported.set(refusal === 'auth' ? 'auth' : entry.channel, error);
    if (refusal === 'auth') this.pace.holdAll(HOLD_MS);
    else this.pace.holdChannel(entry.channel, HOLD_MS);
    return again;
  }

  /** Checks whether a post arrived. Only the metadata of the channel's messages shows it. */
  private async lookUp(entries: readonly OutboxEntry[], channel: string): Promise<void> {
    const { store, calls } = this.deps;
    const first = entries[0];
    if (first === undefined) return;
    const threadTs =
      first.kind === 'note' && first.parentKey !== null ? (store.get(first.parentKey)?.ts ?? null) : null;
    let found: string | null;
    try {
      found = await calls.find(channel, threadTs, first.message);
    } catch (error) {
      return this.lookupFailed(entries, first.attempts, outcomeOf(error));
    }
    // It is unknown which content arrived, so a parent is edited once more.
    if (found !== null) return this.arrived(entries, first.kind === 'note' ? 'note' : 'post', found, 0);
    for (const { key } of entries) this.finish(key, () => ({ state: 'pending', batch: null, notBefore: 0 }));
  }

  private lookupFailed(entries: readonly OutboxEntry[], attempts: number, outcome: Outcome): void {
    const { clock, config } = this.deps;
    if (outcome.kind !== 'refused') {
      const wait = outcome.kind === 'not-sent' ? outcome.retryAfterMs : null;
      const until = clock.now() + Math.max(config.settleMs, wait ?? this.backoff(attempts));
      for (const { key } of entries) this.finish(key, () => ({ notBefore: until, attempts: attempts + 1 }));
      return;
    }
    // Without a history scope the post is repeated with a mark: an on-call team can handle a duplicate but not a loss.
    for (const { key } of entries)
      this.finish(key, () => ({ state: 'pending', batch: null, notBefore: 0, error: REPEAT }));
  }
}

export const createOutbox = (deps: OutboxDeps): Outbox => new Delivery(deps);
