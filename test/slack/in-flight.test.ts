/** Slow calls, and failures around them: none leads to a second message. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import type { OutboxStore } from '../../src/core/outbox.ts';
import { createAnnouncer } from '../../src/slack/announce.ts';
import { slackConfig } from '../../src/slack/config.ts';
import type { MessageCalls } from '../../src/slack/delivery/calls.ts';
import { createOutbox, type Posted } from '../../src/slack/outbox.ts';
import { clockAt } from '../support/clock-at.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { change } from './support/incident.ts';
import { CHANNEL, startedRig } from './support/rig.ts';

const HOUR_MS = 3_600_000;

/** An outbox on calls that answer when the test says so. */
function slowSlack(store: OutboxStore = memoryOutbox(), onPosted: (posted: Posted) => void = () => {}) {
  const clock = { at: 1_000_000, now: () => clock.at, monotonicMs: () => clock.at };
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const answer = <T>(what: string, value: T): Promise<T> => {
    sent.push(what);
    return new Promise((resolve) => answers.push(() => resolve(value)));
  };
  const calls: MessageCalls = {
    post: (_channel, thread, { text }) => answer(`${thread === null ? 'parent' : 'note'} ${text}`, `1.${sent.length}`),
    edit: (_channel, ts) => answer(`edit ${ts}`, undefined),
    find: () => answer('find', null),
  };
  const config = slackConfig.parse({ channel: CHANNEL });
  const announcer = createAnnouncer({ store, config, clock, seenBefore: () => null });
  const outbox = createOutbox({ store, calls, clock, logger: silentLogger, config: config.delivery, onPosted });
  return {
    store,
    clock,
    sent,
    announcer,
    outbox,
    /** Answers the oldest open call. */
    async answerOne() {
      answers.shift()?.();
      await nextTurn();
    },
    /** Longer than any wait of the outbox, in steps, each with a delivery. */
    async wait() {
      for (let step = 0; step < 50; step++) {
        clock.at += HOUR_MS / 50;
        outbox.pump();
        await nextTurn();
      }
    },
  };
}

describe('a running call', () => {
  it('is not repeated, however long it takes', async () => {
    const { store, sent, announcer, outbox, answerOne, wait } = slowSlack();
    announcer.announce(change('opened', {}, 'step 1'));
    await wait();
    announcer.announce(change('worse', { rev: 2 }, 'step 2'));
    await wait();
    expect(sent).toHaveLength(1);
    await answerOne();
    await wait();
    expect(sent.slice(1)).toEqual(['edit 1.0']);
    await answerOne();
    await wait();
    announcer.announce(change('worse', { rev: 3 }, 'step 3'));
    await wait();
    expect(sent.slice(2)).toEqual([expect.stringMatching(/^note .*step 1\n.*step 2$/)]);
    const drained = outbox.drain(60_000);
    await wait();
    await answerOne();
    await drained;
    await wait();
    expect(sent).toHaveLength(3);
    expect(store.get('note:inc-mi8zk0-1a2b:2')).toMatchObject({ state: 'sent' });
  });

  it('counts as delivered when its callback throws', async () => {
    const { sent, announcer, answerOne, wait } = slowSlack(memoryOutbox(), () => {
      throw new Error('the event stream broke');
    });
    announcer.announce(change('opened', {}, 'step 1'));
    for (let round = 0; round < 4; round++) {
      await wait();
      await answerOne();
    }
    expect(sent.map((what) => what.split(' ')[0])).toEqual(['parent', 'note']);
  });
});

describe('a failing store', () => {
  it('is retried after ten seconds, not in a loop', async () => {
    const store = memoryOutbox();
    const { sent, clock, announcer, outbox, answerOne } = slowSlack(store);
    announcer.announce(change('opened'));
    const parent = store.unsettled()[0];
    if (parent !== undefined) store.put({ ...parent, state: 'sending' });
    const put = vi.spyOn(store, 'put').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    outbox.pump();
    for (let second = 0; second < 10; second++) {
      await answerOne();
      outbox.pump();
      clock.at += 1_000;
    }
    expect(sent).toEqual(['find']);
    put.mockRestore();
    outbox.pump();
    await answerOne();
    await answerOne();
    expect(sent.slice(0, 3)).toEqual(['find', 'find', expect.stringMatching(/^parent /)]);
  });

  function unhandledRejections() {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    return unhandled;
  }

  it('does not end the service at a tick, of messages or of incident channels', async () => {
    const unhandled = unhandledRejections();
    const { slack, store } = await startedRig({ config: { incidentChannels: { enabled: true } } });
    const unsettled = vi.spyOn(store, 'unsettled').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    expect(() => slack.tick()).not.toThrow();
    await nextTurn();
    expect(unsettled).toHaveBeenCalled();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('does not end the service after an answer', async () => {
    const unhandled = unhandledRejections();
    const store = memoryOutbox();
    const { announcer, outbox, answerOne } = slowSlack(store);
    announcer.announce(change('opened'));
    outbox.pump();
    vi.spyOn(store, 'unsettled').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    await answerOne();
    await nextTurn();
    expect(unhandled).not.toHaveBeenCalled();
  });
});

it('looks up a lost answer when the clock of this host is years ahead of Slack', async () => {
  const ahead = clockAt(() => Date.now() + 30_000 * HOUR_MS);
  const { bench, slack, store } = await startedRig({ clock: ahead, localSlack: { clock: { now: () => Date.now() } } });
  bench.faults.add({ method: 'chat.postMessage', kind: 'stored-then-lost' });
  slack.notify(change('opened'));
  await vi.waitFor(() => expect(store.unsettled()).toEqual([]));
  expect(
    bench.messages(CHANNEL).filter(({ thread_ts, ts }) => thread_ts === undefined || thread_ts === ts),
  ).toHaveLength(1);
});
