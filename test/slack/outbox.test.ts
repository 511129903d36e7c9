import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncidentChangeKind } from '../../src/core/incident.ts';
import type { OutboxStore } from '../../src/core/outbox.ts';
import { createAnnouncer } from '../../src/slack/announce.ts';
import { pictureBlocks } from '../../src/slack/blocks/picture.ts';
import { slackConfig } from '../../src/slack/config.ts';
import { openStore } from '../../src/store/store.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { type FakeSlack, type Fate, fakeSlack, process, run } from './support/fake-slack.ts';
import { change, incident } from './support/incident.ts';

const config = slackConfig.parse({ channel: 'C0INCIDENTS' });

function announcerOf(slack: FakeSlack, store: OutboxStore, channel = 'C0INCIDENTS') {
  const clock = { now: () => slack.now };
  return createAnnouncer({ store, config: { ...config, channel }, clock, seenBefore: () => null });
}

const LIFE: readonly IncidentChangeKind[] = [
  'opened',
  'worse',
  'acknowledged',
  'better',
  'worse',
  'recovering',
  'resolved',
];
const lifeChange = (index: number) => {
  const kind = LIFE[index] ?? 'worse';
  return change(kind, { rev: index + 1, state: kind === 'resolved' ? 'resolved' : 'open' }, `step ${index + 1}`);
};

const parents = ({ messages }: FakeSlack) => messages.filter(({ threadTs, deleted }) => threadTs === null && !deleted);
const storySteps = ({ messages }: FakeSlack): number[] =>
  messages
    .filter(({ threadTs }) => threadTs !== null)
    .flatMap(({ message }) => [...message.text.matchAll(/step (\d+)/g)].map((match) => Number(match[1])));

describe('the outbox', () => {
  it('leaves one message in its last state and every note once and in order, whatever happens to the calls', async () => {
    const fates = fc.constantFrom<Fate>(
      'ok',
      'ok',
      'lost-answer',
      'lost-call',
      'http-500',
      'rate-limited',
      'unreachable',
      'die-before',
      'die-after',
    );
    const step = fc.record({ fates: fc.array(fates, { maxLength: 5 }), pauseMs: fc.integer({ min: 0, max: 20_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: LIFE.length, maxLength: LIFE.length }), async (steps) => {
        const slack = fakeSlack();
        const store = memoryOutbox();
        let alive = process(slack, store);
        for (const [index, { fates: planned, pauseMs }] of steps.entries()) {
          slack.fates.push(...planned);
          announcerOf(slack, store).announce(lifeChange(index));
          alive = await run(slack, store, pauseMs, alive, 1_000);
        }
        await run(slack, store, 3_600_000, alive, 1_000);
        expect(store.unsettled()).toEqual([]);
        expect(parents(slack)).toHaveLength(1);
        expect(parents(slack)[0]?.message.eventPayload.rev).toBe(LIFE.length);
        expect(parents(slack)[0]?.message.text).toMatch(/^Resolved/);
        expect(storySteps(slack)).toEqual(LIFE.map((_, index) => index + 1));
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('continues from the file when the process was killed in a call', async () => {
    const slack = fakeSlack();
    const store = openStore(':memory:');
    slack.fates.push('die-after');
    announcerOf(slack, store.outbox).announce(lifeChange(0));
    const first = process(slack, store.outbox);
    await run(slack, store.outbox, 250, first);
    expect(first.life.died).toBe(true);
    expect(store.outbox.get('incident:inc-mi8zk0-1a2b')).toMatchObject({ state: 'sending', ts: null });
    await run(slack, store.outbox);
    expect(parents(slack)).toHaveLength(1);
    expect(slack.counts.find).toBe(1);
    store.close();
  });

  it('delivers after a restart an entry whose wait comes from before the clock was set back', async () => {
    const slack = fakeSlack();
    slack.now = 1_900_000_000_000;
    const store = memoryOutbox();
    announcerOf(slack, store).announce(lifeChange(0));
    for (const entry of store.unsettled()) store.put({ ...entry, notBefore: slack.now + 30_000 });
    slack.now -= 86_400_000;
    await run(slack, store, 30_000);
    expect(store.unsettled()).toEqual([]);
    expect(parents(slack)).toHaveLength(1);
  });

  it('counts no incident from before the clock was set back towards a storm', async () => {
    const slack = fakeSlack();
    slack.now = 1_900_000_000_000;
    const store = memoryOutbox();
    const announcer = announcerOf(slack, store);
    for (let i = 0; i < 4; i++) announcer.announce(change('opened', { id: `inc-old-${i}`, rev: 1 }));
    slack.now -= 3_600_000;
    announcer.announce(change('opened', { id: 'inc-new', rev: 1 }));
    await run(slack, store);
    expect(parents(slack)).toHaveLength(5);
  });

  it('posts a repeated change once', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    for (let time = 0; time < 3; time++) announcerOf(slack, store).announce(lifeChange(0));
    await run(slack, store);
    expect(slack.messages).toHaveLength(2);
  });

  it('shows the newest state after an outage, not the backlog', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.refuse = () => 'not_in_channel';
    for (let index = 0; index < LIFE.length; index++) announcerOf(slack, store).announce(lifeChange(index));
    const alive = await run(slack, store, 60_000);
    expect(alive.outbox.trouble()).toEqual({
      error: 'not_in_channel',
      remedy: 'Invite the bot: /invite @gapwatch in that channel.',
    });
    slack.refuse = () => null;
    await run(slack, store, 600_000, alive);
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages[0]?.message.text).toMatch(/^Resolved/);
    expect(storySteps(slack)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(alive.outbox.trouble()).toBeNull();
  });

  it.each(['channel_not_found', 'is_archived', 'missing_scope', 'invalid_auth', 'account_inactive', 'something_new'])(
    'keeps everything while Slack says %s, asks seldom, and says what is wrong',
    async (error) => {
      const slack = fakeSlack();
      const store = memoryOutbox();
      slack.refuse = () => error;
      announcerOf(slack, store).announce(lifeChange(0));
      const alive = await run(slack, store, 120_000);
      expect(slack.counts.post).toBeLessThanOrEqual(5);
      expect(alive.outbox.trouble()?.error).toBe(error);
      slack.refuse = () => null;
      await run(slack, store, 600_000, alive);
      expect(slack.messages).toHaveLength(2);
    },
  );

  it('calls Slack for no channel while the token is refused', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.refuse = () => 'token_revoked';
    announcerOf(slack, store).announce(lifeChange(0));
    const alive = await run(slack, store, 1_000);
    announcerOf(slack, store, 'C0ELSEWHERE').announce(change('opened', { id: 'inc-elsewhere', rev: 1 }));
    await run(slack, store, 28_000, alive);
    expect(slack.log.map(({ channel }) => channel)).toEqual(['C0INCIDENTS']);
    slack.refuse = () => null;
    await run(slack, store, 600_000, alive);
    expect(
      parents(slack)
        .map(({ channel }) => channel)
        .toSorted(),
    ).toEqual(['C0ELSEWHERE', 'C0INCIDENTS']);
  });

  it.each([
    ['not_in_channel', 'not_in_channel'],
    ['token_revoked', undefined],
  ])('after %s in one channel and a message that arrived in another reports %s', async (error, reported) => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.refuse = (_call, channel) => (channel === 'C0INCIDENTS' ? error : null);
    announcerOf(slack, store).announce(lifeChange(0));
    const alive = await run(slack, store, 1_000);
    expect(alive.outbox.trouble()?.error).toBe(error);
    // A channel that refuses keeps its trouble; a token that is taken anywhere is good everywhere.
    slack.refuse = (_call, channel) => (channel === 'C0INCIDENTS' ? 'ratelimited' : null);
    announcerOf(slack, store, 'C0ELSEWHERE').announce(change('opened', { id: 'inc-elsewhere', rev: 1 }));
    await run(slack, store, 40_000, alive);
    expect(parents(slack).map(({ channel }) => channel)).toEqual(['C0ELSEWHERE']);
    expect(alive.outbox.trouble()?.error).toBe(reported);
  });

  it('never overwrites a newer change with refreshed figures of an older one', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    const announcer = announcerOf(slack, store);
    announcer.announce(change('opened', { rev: 1, lostTotal: 10 }));
    announcer.announce(change('acknowledged', { rev: 2, state: 'acknowledged', acknowledgedBy: 'U0BEN' }));
    const newer = store.get('incident:inc-mi8zk0-1a2b');
    announcer.refresh(incident({ rev: 1, lostTotal: 11 }));
    expect(store.get('incident:inc-mi8zk0-1a2b')).toEqual(newer);
    announcer.refresh(incident({ rev: 2, state: 'acknowledged', acknowledgedBy: 'U0BEN', lostTotal: 12 }));
    await run(slack, store);
    expect(parents(slack)[0]?.message.eventPayload.rev).toBe(2);
    expect(store.get('incident:inc-mi8zk0-1a2b')?.incident).toMatchObject({ state: 'acknowledged', lostTotal: 12 });
  });

  it('leaves a channel alone for 10 s when the store cannot be written', async () => {
    const slack = fakeSlack();
    const memory = memoryOutbox();
    announcerOf(slack, memory).announce(lifeChange(0));
    let isFull = true;
    let attempts = 0;
    const store: OutboxStore = {
      ...memory,
      transaction(work) {
        attempts++;
        if (isFull) throw new Error('the disk is full');
        return memory.transaction(work);
      },
    };
    const { outbox } = process(slack, store);
    const pumpAt = async (now: number): Promise<number> => {
      slack.now = now;
      outbox.pump();
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      return attempts;
    };
    expect([await pumpAt(1_000_000), await pumpAt(1_009_999), await pumpAt(1_010_000)]).toEqual([1, 1, 2]);
    isFull = false;
    await pumpAt(1_020_000);
    expect(slack.counts.post).toBe(1);
  });

  it.each(['invalid_blocks', 'msg_too_long', 'msg_blocks_too_long'])(
    'posts plain text when Slack answers %s',
    async (error) => {
      const slack = fakeSlack();
      const store = memoryOutbox();
      slack.refuse = (_call, _channel, message) => (message.blocks.length > 0 ? error : null);
      announcerOf(slack, store).announce(lifeChange(0));
      await run(slack, store);
      expect(slack.messages.map(({ message }) => message.blocks.length)).toEqual([0, 0]);
      expect(slack.messages[0]?.message.text).toMatch(/^Critical: Slow upstream on web-1/);
    },
  );

  it('removes the picture before the buttons when Slack refuses the blocks', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    const isImage = (block: object): boolean => 'type' in block && block.type === 'image';
    slack.refuse = (_call, _channel, { blocks }) => (blocks.some(isImage) ? 'invalid_blocks' : null);
    const announcer = announcerOf(slack, store);
    announcer.announce(lifeChange(0));
    announcer.illustrate('inc-mi8zk0-1a2b', pictureBlocks({ altText: 'Slots.', chart: null }, 'F0123456789'));
    await run(slack, store);
    const shown = JSON.stringify(parents(slack)[0]?.message.blocks);
    expect(shown).toContain('incident_ack');
    expect(shown).not.toContain('slack_file');
  });

  it('gives up a message and logs it when Slack refuses it even as text', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.refuse = (_call, _channel, { eventType }) => (eventType === 'gapwatch_note' ? 'no_text' : null);
    announcerOf(slack, store).announce(lifeChange(0));
    await run(slack, store);
    expect(store.get('note:inc-mi8zk0-1a2b:1')).toMatchObject({ state: 'failed', error: 'no_text' });
  });

  it('posts again when a person deleted the message, and continues there', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    announcerOf(slack, store).announce(lifeChange(0));
    const alive = await run(slack, store);
    for (const message of slack.messages) message.deleted = true;
    announcerOf(slack, store).announce(lifeChange(1));
    await run(slack, store, 600_000, alive);
    expect(parents(slack)).toHaveLength(1);
    expect(slack.messages.at(-1)).toMatchObject({ threadTs: parents(slack)[0]?.ts });
  });

  it('marks a possible repeat without the scope to check the first attempt', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.fates.push('lost-call');
    slack.refuse = (call) => (call === 'find' ? 'missing_scope' : null);
    announcerOf(slack, store).announce(lifeChange(0));
    await run(slack, store);
    expect(JSON.stringify(parents(slack)[0]?.message.blocks)).toContain('Possibly a repeat');
  });

  it('searches for a lost post more and more seldom while Slack cannot be reached', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.fates.push('lost-call', ...Array.from({ length: 100 }, () => 'unreachable' as const));
    announcerOf(slack, store).announce(lifeChange(0));
    const alive = process(slack, store);
    const searches: number[] = [];
    for (const untilMs of [3_500, 6_500, 10_500, 18_500, 34_500]) {
      await run(slack, store, 1_000_000 + untilMs - slack.now, alive);
      searches.push(slack.counts.find);
    }
    // The settling time of 3 s, then the longer of it and of 2, 4, 8 and 16 s.
    expect(searches).toEqual([1, 2, 3, 4, 5]);
    expect(slack.counts.post).toBe(1);
  });

  it('waits as long as Slack asks', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    slack.fates.push('rate-limited');
    announcerOf(slack, store).announce(lifeChange(0));
    const startedAt = slack.now;
    await run(slack, store);
    expect((slack.log[1]?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(7_000);
    expect((slack.log[1]?.at ?? 0) - startedAt).toBeLessThan(8_500);
  });

  it('sends 200 changes of 10 seconds within the rate limits of Slack, with at most 60 calls and correct final states', async () => {
    const slack = fakeSlack();
    const store = memoryOutbox();
    const announcer = announcerOf(slack, store);
    let alive = process(slack, store);
    for (let index = 0; index < 200; index++) {
      const id = `inc-${index % 4}`;
      const rev = Math.floor(index / 4) + 1;
      announcer.announce(change(rev === 1 ? 'opened' : 'worse', { id, rev, openedAt: slack.now }, `step ${index}`));
      alive = await run(slack, store, 50, alive);
      slack.now = 1_000_000 + index * 50;
    }
    await run(slack, store, 600_000, alive);
    expect(slack.log.length).toBeLessThanOrEqual(60);
    expect(parents(slack).map(({ message }) => message.eventPayload.rev)).toEqual([50, 50, 50, 50]);
    expect(storySteps(slack).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    for (const [call, leastMs] of [
      ['post', 1_000],
      ['edit', 5_000],
    ] as const) {
      const times = slack.log.filter((entry) => entry.call === call).map(({ at }) => at);
      for (const [index, at] of times.entries())
        if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(leastMs);
    }
  });
});
