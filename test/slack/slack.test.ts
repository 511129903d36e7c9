import { describe, expect, it, vi } from 'vitest';
import { change } from './support/incident.ts';
import { CHANNEL, startedRig } from './support/rig.ts';

describe('an incident in Slack', () => {
  it('is one message, edited, with its story in the thread', async () => {
    const { bench, slack, store } = await startedRig();
    expect(slack.notify(change('opened'))).toBe(true);
    await bench.until(() => bench.messages().length === 2);
    slack.notify(change('worse', { rev: 2 }));
    slack.notify(change('resolved', { rev: 3, state: 'resolved' }));
    await vi.waitFor(() => expect(store.unsettled()).toEqual([]));
    const t = performance.now();
    await slack.stop();
    console.error(performance.now() - t, JSON.stringify(bench.messages(CHANNEL), null, 1).slice(0, 9000), bench.calls.map(c=>c.method));
  });
});
