/** Over which time the accept queues are judged. */
import { expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { findingsOf } from '../../src/findings/findings.ts';
import { evidence } from '../diagnose/support/evidence-builder.ts';

/** One sample every 5 s; the queue was full in one of them. */
function peakAfterFull(fullAgo: number): number {
  const builder = evidence();
  for (let ago = 60; ago >= 0; ago -= 5) builder.queue(ago === fullAgo ? 16 : 0, 16, ago);
  return findingsOf(builder.build(), DEFAULT_THRESHOLDS).queues.peakRatio;
}

it('a queue counts as lately full for 30 s, longer than its trend is drawn', () => {
  expect([peakAfterFull(5), peakAfterFull(25), peakAfterFull(30)]).toEqual([1, 1, 0]);
});
