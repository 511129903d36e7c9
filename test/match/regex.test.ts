import { describe, expect, it } from 'vitest';
import { parseRegex, RegexRefused } from '../../src/match/regex.ts';

function refusal(expression: string): { at: number; reason: string } | null {
  try {
    parseRegex(expression);
    return null;
  } catch (error) {
    if (!(error instanceof RegexRefused)) throw error;
    return { at: error.at, reason: error.message };
  }
}

describe('parseRegex', () => {
  it.each([
    ['a(?=b)', 1, 'lookahead'],
    ['(?!b)', 0, 'lookahead'],
    ['ab(?<=b)', 2, 'lookbehind'],
    ['(?<!b)a', 0, 'lookbehind'],
    ['(?<x>a)\\1', 7, 'backreferences'],
    ['(?<x>a)\\k<x>', 7, 'backreferences'],
    ['a{1,5000}', 1, 'repetition above'],
    ['a{5,2}', 1, 'end is below'],
    ['a++', 2, 'possessive'],
    ['(a)', 0, 'groups are'],
    ['(?i:a)', 0, 'groups are'],
    ['(?<x>a)(?<x>b)', 7, 'two groups named x'],
    ['^a', 0, 'drop the `^`'],
    ['a\\b', 1, '\\b is not in the dialect'],
    ['[a', 0, 'without its `]`'],
    ['[z-a]', 1, 'range'],
    ['[é]', 1, 'ASCII'],
    ['(?:a', 0, 'without its `)`'],
    ['a)', 1, 'without its `(`'],
    ['*a', 0, 'nothing to repeat'],
    ['a{', 1, 'write `\\{`'],
    ['a\\', 1, 'at the end'],
    ['$*', 1, 'cannot be repeated'],
  ])('refuses %s at %i: %s', (expression, at, reason) => {
    expect(refusal(expression)).toEqual({ at, reason: expect.stringContaining(reason) });
  });

  it('refuses groups nested so deep that reading them would end in a crash', () => {
    expect(refusal('(?:'.repeat(60) + ')'.repeat(60))?.reason).toContain('nested deeper');
  });

  it.each([
    'a|b',
    '(?:a|)b',
    '[\\]\\-^a]',
    '[^"]*?',
    'a{0,3}',
    'a{2,}',
    '\\d\\.\\/\\"',
    'x\\{',
    '(?<name>a)?',
    'ü',
    '',
  ])('takes %s', (expression) => {
    expect(refusal(expression)).toBeNull();
  });
});
