/** SIGKILL during calls, with faults: one message in its last state, every note once and in order. */
import { expect, it } from 'vitest';
import { storiesWithKills } from './support/kill-story.ts';

it('leaves one message in its last state and every note once after kills at 50 random points', async () => {
  const stories = await storiesWithKills(50, 10, 1);
  expect(stories.reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThanOrEqual(50);
  for (const { parents, steps } of stories) {
    expect(parents).toHaveLength(1);
    expect(parents[0]).toMatch(/^Resolved/);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  }
}, 120_000);
