/** The search for a message that was sent without an answer: which pages are read, and when it ends. */
import type { webApi } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import type { OutboxMessage } from '../../../src/core/outbox.ts';
import { webCalls } from '../../../src/slack/delivery/calls.ts';

const wanted: OutboxMessage = {
  text: 'text',
  blocks: [],
  eventType: 'gapwatch_incident',
  eventPayload: { id: 'inc-1', rev: 3 },
};
const own = (ts: string, event_type = wanted.eventType, id = 'inc-1') => ({
  ts,
  metadata: { event_type, event_payload: { id, rev: 1 } },
});

/** A channel of these pages; `asked` holds each request. */
function channelOf(pages: readonly (readonly object[])[]) {
  const asked: Record<string, unknown>[] = [];
  const list = (method: string) => async (query: Record<string, unknown>) => {
    asked.push({ method, ...query });
    const page = Number(query.cursor ?? 0);
    const next_cursor = page + 1 < pages.length ? String(page + 1) : '';
    return { ok: true, messages: pages[page], response_metadata: { next_cursor } };
  };
  const conversations = { history: list('history'), replies: list('replies') };
  return { asked, ...webCalls({ conversations } as unknown as webApi.WebClient) };
}

describe('the search for a lost message', () => {
  it('ends at the page that holds it', async () => {
    const { find, asked } = channelOf([[{ ts: '9' }], [own('7')], [own('5')]]);
    expect(await find('C1', null, wanted)).toBe('7');
    expect(asked).toMatchObject([
      { method: 'history', channel: 'C1', include_all_metadata: true, limit: 200 },
      { method: 'history', cursor: '1' },
    ]);
  });

  it('ends after the last page, and after five of many', async () => {
    const few = channelOf([[{ ts: '9' }], []]);
    expect(await few.find('C1', null, wanted)).toBeNull();
    expect(few.asked).toHaveLength(2);
    const many = channelOf([[], [], [], [], [], [own('1')]]);
    expect(await many.find('C1', null, wanted)).toBeNull();
    expect(many.asked).toHaveLength(5);
  });

  it('takes neither another event with the id nor another id of the event', async () => {
    const { find } = channelOf([[own('9', 'gapwatch_note'), own('8', wanted.eventType, 'inc-2'), { ts: '7' }]]);
    expect(await find('C1', null, wanted)).toBeNull();
  });

  it('reads the thread of a note', async () => {
    const { find, asked } = channelOf([[own('9')]]);
    expect(await find('C1', '5.5', wanted)).toBe('9');
    expect(asked).toMatchObject([{ method: 'replies', ts: '5.5' }]);
  });
});
