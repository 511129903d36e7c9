import { describe, expect, it } from 'vitest';
import { changedWords } from '../../src/service/recheck.ts';

describe('what changed in the answer of a check', () => {
  it.each([
    [
      'figures alone',
      'Uses 512 of 512 slots. 9 refusals.',
      'Uses 300 of 512 slots. 12 refusals.',
      'Uses 512 → 300 of 512 slots. 9 → 12 refusals.',
    ],
    [
      'one sentence of two',
      'Uses 512 of 512 slots: full. 9 refusals.',
      'Uses 512 of 512 slots: full. 12 refusals.',
      '9 → 12 refusals.',
    ],
    ['a sentence more', 'Uses 90 slots.', 'Uses 90 slots. It is full in 3 s.', 'It is full in 3 s.'],
    ['a sentence less', 'Uses 90 slots. It is full in 3 s.', 'Uses 90 slots.', 'Uses 90 slots.'],
    ['another sentence', 'No line is known.', 'Crashes come every second now.', 'Crashes come every second now.'],
  ])('%s', (_name, before, now, expected) => {
    expect(changedWords(before, now)).toBe(expected);
  });
});
