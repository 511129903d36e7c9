/** A fake Slack with three calls and a clock: stores, loses answers, refuses, and lets processes die in a call. */
import { webApi } from '@slack/bolt';
import { silentLogger } from '../../../src/core/logger.ts';
import type { OutboxMessage, OutboxStore } from '../../../src/core/outbox.ts';
import type { MessageCalls } from '../../../src/slack/delivery/calls.ts';
import { createOutbox, type Outbox, type Posted } from '../../../src/slack/outbox.ts';
import { clockAt } from '../../support/clock-at.ts';

export type Fate =
  | 'ok'
  | 'lost-answer' // stored, then the connection breaks
  | 'lost-call' // not stored, and no answer
  | 'http-500' // stored, then 500
  | 'rate-limited'
  | 'unreachable'
  | 'die-before' // the process is killed before Slack stores it
  | 'die-after'; // … after

export interface FakeMessage {
  readonly ts: string;
  readonly channel: string;
  readonly threadTs: string | null;
  message: OutboxMessage;
  deleted: boolean;
}

const platformError = (error: string): Error => new webApi.WebAPIPlatformError({ ok: false, error });

export interface FakeSlack {
  readonly messages: FakeMessage[];
  readonly counts: Record<'post' | 'edit' | 'find', number>;
  /** Results of the next calls; later calls succeed. */
  readonly fates: Fate[];
  /** Returns an error to answer instead, or null. */
  refuse: (call: 'post' | 'edit' | 'find', channel: string, message: OutboxMessage) => string | null;
  now: number;
  /** Times of posts and edits by channel. */
  readonly log: { readonly call: 'post' | 'edit'; readonly channel: string; readonly at: number }[];
}

export function fakeSlack(): FakeSlack {
  return {
    messages: [],
    counts: { post: 0, edit: 0, find: 0 },
    fates: [],
    refuse: () => null,
    now: 1_000_000,
    log: [],
  };
}

const reset = (): Error =>
  new webApi.WebAPIRequestError(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));

/** One run of the process: `died` becomes true when a fate killed it; its calls then never answer. */
export function process(
  slack: FakeSlack,
  store: OutboxStore,
  config = { postIntervalMs: 1_000, editIntervalMs: 5_000, settleMs: 3_000 },
) {
  const posted: Posted[] = [];
  const life = { died: false };
  const die = (): Promise<never> => {
    life.died = true;
    return new Promise(() => {});
  };
  async function meet<T>(store_: () => T): Promise<T> {
    const fate = slack.fates.shift() ?? 'ok';
    if (fate === 'rate-limited') throw new webApi.WebAPIRateLimitedError(7);
    if (fate === 'unreachable') {
      const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      throw new webApi.WebAPIRequestError(new TypeError('fetch failed', { cause: refused }));
    }
    if (fate === 'lost-call') throw reset();
    if (fate === 'die-before') return die();
    const done = store_();
    if (fate === 'lost-answer') throw reset();
    if (fate === 'http-500') throw new webApi.WebAPIHTTPError(500, 'Internal Server Error', {});
    if (fate === 'die-after') return die();
    return done;
  }
  function judge(call: 'post' | 'edit' | 'find', channel: string, message: OutboxMessage): void {
    slack.counts[call]++;
    if (call !== 'find') slack.log.push({ call, channel, at: slack.now });
    const error = slack.refuse(call, channel, message);
    if (error !== null) throw platformError(error);
  }
  const calls: MessageCalls = {
    async post(channel, threadTs, message) {
      judge('post', channel, message);
      return meet(() => {
        const ts = `${slack.now}.${slack.messages.length}`;
        slack.messages.push({ ts, channel, threadTs, message: structuredClone(message), deleted: false });
        return ts;
      });
    },
    async edit(channel, ts, message) {
      judge('edit', channel, message);
      const found = slack.messages.find((posted) => posted.ts === ts && !posted.deleted);
      if (found === undefined) throw platformError('message_not_found');
      await meet(() => {
        found.message = structuredClone(message);
      });
    },
    async find(channel, threadTs, message) {
      judge('find', channel, message);
      return meet(() => {
        const same = (posted: FakeMessage) =>
          posted.message.eventPayload.id === message.eventPayload.id && posted.channel === channel;
        return (
          slack.messages.find((posted) => same(posted) && posted.threadTs === threadTs && !posted.deleted)?.ts ?? null
        );
      });
    },
  };
  const clock = clockAt(() => slack.now);
  const outbox: Outbox = createOutbox({
    store,
    calls,
    clock,
    logger: silentLogger,
    config,
    onPosted: (event) => void posted.push(event),
  });
  return { outbox, posted, life };
}

/** Advances time in steps of `stepMs` until every message is sent, or `maxMs` has passed. Restarts a dead process. */
export async function run(
  slack: FakeSlack,
  store: OutboxStore,
  maxMs = 600_000,
  first = process(slack, store),
  stepMs = 250,
) {
  let alive = first;
  const end = slack.now + maxMs;
  while (slack.now < end && store.unsettled().length > 0) {
    alive.outbox.pump();
    // Every call of the fake ends within a few turns of the microtask queue.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    if (alive.life.died) alive = process(slack, store);
    slack.now += stepMs;
  }
  return alive;
}
