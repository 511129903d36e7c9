/** Which reloads are one. */
import { expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { findingsOf } from '../../src/findings/findings.ts';
import { evidence } from '../diagnose/support/evidence-builder.ts';

function reloads(loggedAgo: number, replacedAgo: number): number {
  const builder = evidence()
    .workers([101, 102], 60)
    .line('reload', loggedAgo, { level: 'notice', pid: 100 })
    .workers([201, 202], replacedAgo);
  return findingsOf(builder.build(), DEFAULT_THRESHOLDS).life.reloads.length;
}

it('a reload that is logged and found in the processes within 15 s is one', () => {
  expect([reloads(35, 20), reloads(36, 20), reloads(20, 20)]).toEqual([1, 2, 1]);
});
