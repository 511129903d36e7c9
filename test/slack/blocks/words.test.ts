import { describe, expect, it } from 'vitest';
import { losingWords } from '../../../src/slack/blocks/words.ts';

describe('the loss line', () => {
  it.each([
    [{ now: true, perSecond: 2.8, total: 28, how: '502 answers' }, '2.8 per second: 502 answers; 28 in all'],
    [{ now: true, perSecond: 2.8, total: 0, how: null }, '2.8 per second'],
    [{ now: true, perSecond: 0, total: 0, how: 'connections refused' }, 'connections refused'],
    [{ now: true, perSecond: 0, total: 0, how: null }, 'clients, not counted'],
    [{ now: false, perSecond: 0, total: 28, how: null }, 'Nothing now; 28 in all'],
    [{ now: false, perSecond: 0, total: 0, how: null }, 'Nothing'],
  ])('%j', (losing, words) => {
    expect(losingWords(losing)).toBe(words);
  });
});
