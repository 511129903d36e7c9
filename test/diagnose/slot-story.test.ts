/** How full slots are described, by what was read of them. */
import { expect, it } from 'vitest';
import { slotStory } from '../../src/diagnose/slot-story.ts';
import { DEFAULT_THRESHOLDS } from '../../src/findings/config.ts';
import { findingsOf } from '../../src/findings/findings.ts';
import { type EvidenceBuilder, evidence } from './support/evidence-builder.ts';

function state(builder: EvidenceBuilder): string | null {
  const given = builder.build();
  return slotStory(given, findingsOf(given, DEFAULT_THRESHOLDS))?.state ?? null;
}

const average = 'a worker holds 125 clients on average, with 128 slots';
const onPage = () => evidence().page({ active: 250, writing: 250, waiting: 0 });
const refused = { level: 'alert' } as const;
const reused = { level: 'warn' } as const;

it.each([
  ['the page alone', onPage(), average],
  [
    'the page and refused clients',
    onPage().line('worker-connections', 1, refused),
    `${average}, and one that is full turns clients away`,
  ],
  [
    'the page and reuse',
    onPage().line('worker-connections-reuse', 1, reused),
    `${average}, and one that is short closes idle connections`,
  ],
  ['a page that fails now', onPage().pageFails('reset', 0), `${average}; the status page fails (reset)`],
  [
    'refused clients alone',
    evidence(null).line('worker-connections', 1, refused),
    'a worker has no free slot and turns clients away',
  ],
  [
    'reuse alone',
    evidence(null).line('worker-connections-reuse', 1, reused),
    'a worker closes idle connections to free slots',
  ],
  ['a full worker', evidence().slots([126]), 'worker 101 uses 126 of 128 slots'],
  [
    'a full worker and refused clients',
    evidence().slots([126]).line('worker-connections', 1, refused),
    'worker 101 uses 126 of 128 slots and clients are turned away',
  ],
  [
    'a full worker and reuse',
    evidence().slots([126]).line('worker-connections-reuse', 1, reused),
    'worker 101 uses 126 of 128 slots and closes idle connections to free slots',
  ],
  ['a worker that fills', evidence().slots([64], [114]), 'worker 101 uses 114 of 128 slots and is full in about 2.8 s'],
  ['free slots', evidence().slots([20]), null],
])('%s', (_what, builder, expected) => {
  expect(state(builder)).toBe(expected);
});
