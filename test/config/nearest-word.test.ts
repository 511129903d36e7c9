import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../src/config/nearest-word.ts';
import { CHECK_IDS } from '../support/checks.ts';

describe('the nearest word', () => {
  it.each([
    ['bakclog', 'backlog'],
    ['kern', 'kernel'],
    ['UPSTREAM', 'upstreams'],
    ['slto', 'slots'],
    ['fd', 'fds'],
    ['lag', 'log'],
    ['', null],
    ['foo', null],
    ['reloads-and-more', null],
  ])('of %j is %j', (word, expected) => {
    expect(nearestWord(word, CHECK_IDS)).toBe(expected);
  });

  it('is null without known words', () => {
    expect(nearestWord('slots', [])).toBeNull();
  });
});
