/** SIGKILL in the middle of calls, with faults on top: one message, its last state, every note once and in order. */
import { expect, it } from 'vitest';
import { storiesWithKills } from './support/kill-story.ts';

it('leaves one parent in its last state and every note once, killed at 50 random points of its life', async () => {
  const stories = await storiesWithKills(50, 10, 1);
  expect(stories.reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThanOrEqual(50);
  for (const { parents, steps } of stories) {
    expect(parents).toHaveLength(1);
    expect(parents[0]).toMatch(/^Resolved/);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  }
}, 120_000);
