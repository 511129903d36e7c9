import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLuaReader } from '../../src/nginx/lua-block.ts';

/** The same as a regular expression: right, but quadratic in what is left open. */
function byExpression(text: string): number | null {
  let depth = 1;
  const token = /--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}]/gs;
  for (const match of text.matchAll(token)) {
    if (match[0] === '{') depth += 1;
    else if (match[0] === '}') depth -= 1;
    if (depth === 0) return match.index;
  }
  return null;
}

describe('the end of a Lua block', () => {
  it.each([
    ['return {a = {}} } rest', 16],
    ['s = "}" }', 8],
    ['s = [[ } ]] }', 12],
    ['s = [==[ ]] } ]==] }', 19],
    ['-- }\n}', 5],
    ['--[[ }\n]] }', 10],
    ['s = "a\\"}" }', 11],
    ['s = "open\n}', 10],
    ['s = [[ open }', 12],
    ['no end', null],
  ])('in %j is %s', (code, end) => {
    expect(createLuaReader(code).blockEnd(0)).toBe(end);
  });

  it('is the one that the expression finds, for any soup', () => {
    const piece = fc.constantFrom('[', ']', '=', '-', '"', "'", '\\', '\n', '{', '}', '[[', ']]', '--', 'a');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        expect(createLuaReader(text).blockEnd(0)).toBe(byExpression(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['long brackets', '[[ '],
    ['long brackets of every kind', '[='],
    ['comments', '--[=['],
    ['strings', '"\\'],
    ['strings of either kind', `"'`],
    ['closing brackets', ']='],
  ])('is looked for once in a megabyte of open %s', (_, piece) => {
    const reader = createLuaReader(piece.repeat(1_000_000 / piece.length));
    for (let block = 0; block < 20; block += 1) expect(reader.blockEnd(0)).toBeNull();
  });
});
