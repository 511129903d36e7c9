/** Ends the process at every step of an incident's life: before and after each call, and at each write to the store. */
import { describe, expect, it } from 'vitest';
import type { IncidentChangeKind } from '../../src/core/incident.ts';
import type { OutboxStore } from '../../src/core/outbox.ts';
import { createAnnouncer } from '../../src/slack/announce.ts';
import { slackConfig } from '../../src/slack/config.ts';
import { openStore } from '../../src/store/store.ts';
import { clockAt } from '../support/clock-at.ts';
import { type FakeSlack, type Fate, fakeSlack, process, run } from './support/fake-slack.ts';
import { change } from './support/incident.ts';

const LIFE: readonly IncidentChangeKind[] = ['opened', 'worse', 'acknowledged', 'cause-changed', 'snoozed', 'resolved'];
const config = slackConfig.parse({ channel: 'C0INCIDENTS' });

class Killed extends Error {}

/** The same store, until its `most`-th write, which ends the writing process. */
function mortal(store: OutboxStore, most: number): { store: OutboxStore; writes(): number } {
  let writes = 0;
  const put: OutboxStore['put'] = (entry) => {
    writes += 1;
    if (writes >= most) throw new Killed();
    store.put(entry);
  };
  return { store: { ...store, put }, writes: () => writes };
}

function announce(slack: FakeSlack, store: OutboxStore, index: number): void {
  const kind = LIFE[index] ?? 'worse';
  const state = kind === 'resolved' ? 'resolved' : 'open';
  const clock = clockAt(() => slack.now);
  const announcer = createAnnouncer({ store, config, clock, seenBefore: () => null });
  announcer.announce(change(kind, { rev: index + 1, state }, `step ${index + 1}`));
}

function judge({ messages }: FakeSlack, store: OutboxStore): void {
  const parents = messages.filter(({ threadTs }) => threadTs === null);
  const notes = messages.filter(({ threadTs }) => threadTs !== null).map(({ message }) => message.text);
  expect(parents).toHaveLength(1);
  expect(parents[0]?.message.eventPayload.rev).toBe(LIFE.length);
  expect([...notes.join(' ').matchAll(/step (\d)/g)].map((match) => Number(match[1]))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(store.unsettled()).toEqual([]);
}

/**
 * Runs one life; the process ends by `fates` of its calls or at its write number `most`. Returns the number of writes.
 */
async function live(fates: readonly Fate[], most = Number.POSITIVE_INFINITY): Promise<number> {
  const slack = fakeSlack();
  slack.fates.push(...fates);
  const opened = openStore(':memory:');
  const store = opened.outbox;
  const first = mortal(store, most);
  let current = first.store;
  let alive = process(slack, current);
  const restart = (): void => {
    current = store;
    alive = process(slack, current);
  };
  for (let index = 0; index < LIFE.length; index++) {
    try {
      announce(slack, current, index);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      // The service repeats a change that it had not stored.
      restart();
      announce(slack, current, index);
    }
    try {
      alive = await run(slack, current, 4_000, alive);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      restart();
    }
    if (current !== store && first.writes() >= most) restart();
  }
  await run(slack, store, 3_600_000, alive);
  judge(slack, store);
  opened.close();
  return first.writes();
}

describe('killed at every step', () => {
  const CALLS = 14;
  const beforeCall = (call: number, fate: Fate): Fate[] => [...Array<Fate>(call).fill('ok'), fate];

  it.each(['die-before', 'die-after'] as const)('of the calls, %s Slack accepts it', async (fate) => {
    for (let call = 0; call < CALLS; call++) await live(beforeCall(call, fate));
  });

  it.each(['lost-answer', 'lost-call', 'http-500', 'rate-limited'] as const)(
    'of the calls, with the call before it ending as %s',
    async (fault) => {
      for (let call = 0; call < CALLS; call++) {
        for (const death of ['die-before', 'die-after'] as const) await live([...beforeCall(call, fault), death]);
      }
    },
  );

  it('of the writes to the store', async () => {
    const writes = await live([]);
    expect(writes).toBeGreaterThan(20);
    for (let most = 1; most <= writes; most++) await live([], most);
  });
});
